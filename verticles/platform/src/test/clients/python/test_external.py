"""The SwissAI dialect: the SDK, and plain HTTP with requests, as that API's users write it."""

import json
import os
import subprocess

import openai
import pytest
import requests

WORDS = "Grüezi from behind the pass. 🏔"
URL = os.environ["GOTTHARD_URL"] + "/api/v1/external"
HEADERS = {"Authorization": f"Bearer {os.environ['GOTTHARD_KEY']}", "Content-Type": "application/json"}


def said(marker):
    return [{"role": "user", "content": marker}]


def post(body, **more):
    return requests.post(f"{URL}/chat/completions", headers=HEADERS, json=body, timeout=30, **more)


def events(lines):
    """The chunks of a stream, which must end as it is documented."""
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    assert data.pop() == "[DONE]"
    return [json.loads(one) for one in data]


def text(chunks):
    return "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks)


def check(chunks):
    assert text(chunks) == WORDS
    assert all(c["id"].startswith("chatcmpl-") for c in chunks)
    assert {c["object"] for c in chunks} == {"chat.completion.chunk"}
    assert {c["model"] for c in chunks} == {"swissai"}
    assert [c["choices"][0]["finish_reason"] for c in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert chunks[-1]["choices"][0]["delta"] == {}


def test_the_sdk_streams(external, upstream):
    stream = external.chat.completions.create(model="anything", messages=said(upstream.marker), stream=True)
    check([chunk.model_dump(exclude_unset=True) for chunk in stream])
    assert upstream.question()["model"] == "upstream/hello"


def test_the_sdk_gets_a_whole_answer(external, upstream):
    answer = external.chat.completions.create(model="gpt-5", messages=said(upstream.marker), stream=False)
    assert (answer.model, answer.choices[0].message.content) == ("swissai", WORDS)
    assert answer.usage.total_tokens == 28


def test_the_sdk_lists_the_model_of_the_key(external):
    assert [model.id for model in external.models.list()] == ["swissai"]


def test_defaults_are_set_and_what_is_unknown_is_dropped(upstream):
    answer = post(
        {
            "messages": said(upstream.marker),
            "model": {"not": "even a text"},
            "n": 7,
            "top_p": "wrong",
            "stream_options": {"include_usage": True},
            "temperature": None,
            "unknown": [1],
        },
        stream=True,
    )
    # Without the character set, requests would take the text for ISO 8859-1.
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    check(events(answer.iter_lines(decode_unicode=True)))
    asked = upstream.question()
    assert asked.pop("stream_options") == {"include_usage": True}  # for the bill
    assert asked == {
        "model": "upstream/hello",
        "messages": said(upstream.marker),
        "stream": True,
        "temperature": 0.7,
        "max_tokens": 4096,
    }


def test_what_is_said_is_kept(upstream):
    more = {"stream": False, "temperature": 0, "max_tokens": 128_000, "tool_choice": "none"}
    assert post({"messages": said(upstream.marker), **more}).json()["model"] == "swissai"
    assert upstream.question() == {"model": "upstream/hello", "messages": said(upstream.marker), **more}


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"temperature": 2.01}, "temperature"),
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": "0.7"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 128_001}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"stream": "yes"}, "stream"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "developer", "content": "a"}]}, "messages[0].role"),
    ],
)
def test_what_is_out_of_range_is_refused(wrong, param):
    answer = post({"messages": said("hello"), **wrong})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert sorted(error) == ["code", "message", "param", "type"]
    assert error["param"] == param


def test_without_a_good_key_it_is_a_401(external):
    wrong = external.with_options(api_key="sk-souheng-wrong")
    with pytest.raises(openai.AuthenticationError):
        wrong.chat.completions.create(model="swissai", messages=said("a"))
    assert requests.get(f"{URL}/models", timeout=30).status_code == 401


def test_an_unknown_path_is_a_404(external):
    with pytest.raises(openai.NotFoundError):
        external.embeddings.create(model="swissai", input="a")


def test_curl_as_it_is_documented(upstream):
    script = """
        curl -sS -N "$GOTTHARD_URL/api/v1/external/chat/completions" \
          -H "Authorization: Bearer $GOTTHARD_KEY" \
          -H "Content-Type: application/json" \
          -d '{"model": "swissai", "messages": [{"role": "user", "content": "MARKER"}], "stream": true}'
    """.replace("MARKER", upstream.marker)
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    check(events(ran.stdout.splitlines()))
