"""What works with OpenAI works through the gateway, with OpenAI's own SDK."""

import asyncio
import json
import os

from openai import AsyncOpenAI

AWKWARD = "swiss-ai/hello:latest"


def said(marker):
    return [{"role": "user", "content": marker}]


def text(chunks):
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


def test_models_are_listed(client):
    listed = {model.id: model for model in client.models.list()}
    assert {"hello", "embedding", AWKWARD} <= listed.keys()
    assert listed[AWKWARD].object == "model"
    assert listed[AWKWARD].owned_by
    assert listed[AWKWARD].created >= 0


def test_a_model_with_slash_and_colon_in_its_id_is_retrieved(client):
    model = client.models.retrieve(AWKWARD)
    assert (model.id, model.object) == (AWKWARD, "model")


def test_a_model_with_slash_and_colon_in_its_id_answers(client, upstream):
    answer = client.chat.completions.create(model=AWKWARD, messages=said(upstream.marker))
    assert answer.model == AWKWARD
    assert upstream.question()["model"] == "upstream/hello"


def test_a_chat_is_answered_with_all_the_upstream_said(client, upstream):
    answer = client.chat.completions.create(model="hello", messages=said(upstream.marker))
    assert answer.choices[0].message.content == "Grüezi from behind the pass. 🏔"
    assert answer.choices[0].message.annotations == []
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.id, answer.created, answer.model) == ("chatcmpl-C1hello", 1793606400, "hello")
    assert (answer.service_tier, answer.system_fingerprint) == ("default", "fp_44709d6fcb")
    assert answer.usage.total_tokens == 28
    assert answer.usage.prompt_tokens_details.cached_tokens == 16
    assert answer.usage.completion_tokens_details.rejected_prediction_tokens == 0


def test_a_request_reaches_the_upstream_as_it_is_but_for_the_model(client, upstream):
    request = {
        "messages": [
            {"role": "developer", "content": "Be brief. ŽŽ 😀 \u0000 \"\\/"},
            {"role": "user", "content": upstream.marker, "name": "anna"},
        ],
        "tools": [{"type": "function", "function": {"name": "weather", "strict": None}}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "response_format": {"type": "json_object"},
        "logit_bias": {"50256": -100},
        "metadata": {"team": "blue"},
        "temperature": 0.1,
        "max_completion_tokens": 12345678901,
        "seed": -7,
        "stop": ["\n\n", "END"],
        "user": "u-1",
        "reasoning_effort": "low",
        "parallel_tool_calls": False,
    }
    vendor = {
        "top_k": 5,
        "min_p": 1e-7,
        "chat_template_kwargs": {"enable_thinking": False, "deep": [1, [2, {"three": None}]]},
        "nothing": None,
    }
    client.chat.completions.create(model="hello", extra_body=vendor, **request)
    (asked,) = upstream.asked()
    assert asked["path"] == "/v1/chat/completions"
    assert asked["body"] == {"model": "upstream/hello", **request, **vendor}
    assert asked["headers"]["authorization"] == "Bearer up-secret"
    assert os.environ["GOTTHARD_KEY"] not in json.dumps(asked)


def test_a_stream_brings_every_chunk_and_no_usage_that_was_not_asked_for(client, upstream):
    chunks = list(client.chat.completions.create(model="hello", messages=said(upstream.marker), stream=True))
    assert text(chunks) == "Grüezi from behind the pass. 🏔"
    assert [c.choices[0].finish_reason for c in chunks] == [None] * 5 + ["stop"]
    assert {(c.id, c.created, c.model, c.service_tier) for c in chunks} == {
        ("chatcmpl-C1hello", 1793606400, "hello", "default")
    }
    assert [c.choices[0].delta.role for c in chunks] == ["assistant"] + [None] * 5
    assert not any(c.usage for c in chunks)
    assert upstream.question()["stream_options"] == {"include_usage": True}


def test_a_stream_ends_with_usage_if_it_was_asked_for(client, upstream):
    options = {"include_usage": True, "include_obfuscation": False}
    stream = client.chat.completions.create(
        model="hello", messages=said(upstream.marker), stream=True, stream_options=options
    )
    *chunks, last = list(stream)
    assert all(len(c.choices) == 1 and c.usage is None for c in chunks)
    assert (last.choices, last.usage.total_tokens) == ([], 28)
    assert last.usage.prompt_tokens_details.cached_tokens == 16
    assert upstream.question()["stream_options"] == options


def test_reasoning_and_vendor_fields_of_vllm_come_back(client, upstream):
    answer = client.chat.completions.create(model="vllm-reasoning", messages=said(upstream.marker))
    assert answer.choices[0].message.reasoning_content == "Gotthard, Furka, Grimsel: also drei."
    assert {"prompt_logprobs", "kv_transfer_params"} <= answer.model_extra.keys()
    assert answer.model_extra["prompt_logprobs"] is None


def test_a_stream_torn_into_small_segments_comes_back_whole(client, upstream):
    stream = client.chat.completions.create(model="vllm-reasoning", messages=said(upstream.marker), stream=True)
    chunks = list(stream)
    thought = "".join((c.choices[0].delta.model_extra or {}).get("reasoning_content", "") for c in chunks)
    assert thought == "Gotthard, Furka, Grimsel: also drei."
    assert text(chunks) == "Es sind drei Pässe."
    assert chunks[-1].choices[0].model_extra["stop_reason"] is None


def test_comments_crlf_and_many_events_in_a_segment_are_understood(client, upstream):
    stream = client.chat.completions.create(model="llama-cpp", messages=said(upstream.marker), stream=True)
    chunks = list(stream)
    assert text(chunks) == "Snow closes the pass in"
    assert chunks[-1].choices[0].finish_reason == "length"
    assert chunks[-1].model_extra["timings"]["predicted_n"] == 5


def test_embeddings_in_the_encoding_the_sdk_prefers(client, upstream):
    answer = client.embeddings.create(model="embedding", input=[upstream.marker, "two"])
    assert [e.embedding for e in answer.data] == [[0.25, -0.5, 1.0, 0.125], [-1.0, 0.75, 0.0, 2.5]]
    assert (answer.model, answer.usage.total_tokens) == ("embedding", 8)
    assert upstream.question()["encoding_format"] == "base64"


def test_embeddings_as_numbers(client, upstream):
    answer = client.embeddings.create(
        model="embedding", input=[[1, 2, 3], [4]], encoding_format="float", dimensions=4, user=upstream.marker
    )
    assert answer.data[1].embedding == [-1.0, 0.75, 0.0, 2.5]
    assert upstream.question() == {
        "model": "upstream/embedding",
        "input": [[1, 2, 3], [4]],
        "encoding_format": "float",
        "dimensions": 4,
        "user": upstream.marker,
    }


def test_every_answer_has_a_request_id_of_its_own(client, upstream):
    ids = set()
    for _ in range(3):
        raw = client.chat.completions.with_raw_response.create(model="hello", messages=said(upstream.marker))
        ids.add(raw.headers["x-request-id"])
        assert raw.headers["content-type"].startswith("application/json")
        assert raw.parse()._request_id == raw.headers["x-request-id"]
    assert len(ids) == 3


def test_a_stream_has_a_request_id_and_the_right_type(client, upstream):
    raw = client.chat.completions.with_raw_response.create(
        model="hello", messages=said(upstream.marker), stream=True
    )
    assert raw.headers["x-request-id"]
    assert raw.headers["content-type"].startswith("text/event-stream")
    assert text(list(raw.parse())) == "Grüezi from behind the pass. 🏔"


def test_a_clients_own_request_id_is_kept(client, upstream):
    raw = client.chat.completions.with_raw_response.create(
        model="hello", messages=said(upstream.marker), extra_headers={"X-Request-ID": upstream.marker}
    )
    assert raw.headers["x-request-id"] == upstream.marker


def test_pings_keep_a_slow_stream_alive_and_disturb_nothing(client, upstream):
    pinging = client.with_options(base_url=os.environ["PINGING_URL"] + "/v1")
    stream = pinging.chat.completions.create(model="slow", messages=said(upstream.marker), stream=True)
    assert text(list(stream)) == "Slowly uphill."


def test_completions_of_the_old_kind(client, upstream):
    answer = client.completions.create(model="completion", prompt=upstream.marker)
    assert (answer.choices[0].text, answer.model) == (" the tunnel is 57 km long.", "completion")
    *chunks, last = list(client.completions.create(model="completion", prompt=upstream.marker, stream=True))
    assert "".join(c.choices[0].text for c in [*chunks, last]) == " the tunnel is 57 km long."
    assert upstream.asked(lambda found: len(found) == 2)[1]["path"] == "/v1/completions"


def test_the_asynchronous_client_streams_too(upstream):
    async def go():
        async with AsyncOpenAI(
            base_url=os.environ["GOTTHARD_URL"] + "/v1", api_key=os.environ["GOTTHARD_KEY"]
        ) as client:
            async def one():
                stream = await client.chat.completions.create(
                    model="hello", messages=said(upstream.marker), stream=True
                )
                return text([chunk async for chunk in stream])

            return await asyncio.gather(*(one() for _ in range(20)))

    assert asyncio.run(go()) == ["Grüezi from behind the pass. 🏔"] * 20
