"""What fails raises the exception an SDK's user expects, and costs the upstream nothing."""

import os

import openai
import pytest
from openai import OpenAI


def said(marker):
    return [{"role": "user", "content": marker}]


def ask(client, model, upstream, **more):
    return client.chat.completions.create(model=model, messages=said(upstream.marker), **more)


def test_a_wrong_key_is_an_authentication_error(upstream):
    with OpenAI(base_url=os.environ["GOTTHARD_URL"] + "/v1", api_key="sk-wrong", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError) as raised:
            ask(stranger, "hello", upstream)
    assert raised.value.status_code == 401
    assert raised.value.code == "invalid_api_key"
    assert raised.value.request_id
    assert "sk-wrong" not in str(raised.value)


def test_an_unknown_model_is_a_not_found_error(client, upstream):
    with pytest.raises(openai.NotFoundError) as raised:
        ask(client, "swiss-ai/nobody:1b", upstream)
    assert raised.value.code == "model_not_found"
    assert raised.value.param == "model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("swiss-ai/nobody:1b")


def test_an_unknown_path_is_a_not_found_error(client):
    with pytest.raises(openai.NotFoundError) as raised:
        client.get("/nowhere", cast_to=object)
    assert set(raised.value.body) == {"message", "type", "param", "code"}


def test_a_request_without_messages_is_a_bad_request_that_names_them(client):
    with pytest.raises(openai.BadRequestError) as raised:
        client.post("/chat/completions", cast_to=object, body={"model": "hello"})
    assert raised.value.param == "messages"
    assert set(raised.value.body) == {"message", "type", "param", "code"}


def test_a_wrong_type_is_a_bad_request_that_names_the_field(client, upstream):
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="hello", messages=[{"role": 7, "content": upstream.marker}])
    assert raised.value.param == "messages[0].role"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (409, openai.ConflictError),
        (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_an_upstream_refuses_is_refused_the_same_way(client, upstream, status, kind, stream):
    with pytest.raises(kind) as raised:
        ask(client, f"fault-{status}", upstream, stream=stream)
    assert set(raised.value.body) == {"message", "type", "param", "code"}
    assert raised.value.request_id


def test_what_an_upstream_says_about_the_request_is_told(client, upstream):
    with pytest.raises(openai.BadRequestError) as raised:
        ask(client, "fault-400", upstream)
    assert "maximum context length is 8192 tokens" in raised.value.message
    assert (raised.value.code, raised.value.param) == ("context_length_exceeded", "messages")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_the_gateways_own_trouble_with_an_upstream_is_not_blamed_on_the_client(client, upstream, status):
    with pytest.raises(openai.InternalServerError) as raised:
        ask(client, f"fault-{status}", upstream)
    assert "up-se" not in str(raised.value)
    assert "upstream/" not in str(raised.value)


@pytest.mark.parametrize(
    ("model", "stream"),
    [
        ("fault-html", False),
        ("fault-html", True),
        ("fault-html-502", False),
        ("fault-html-502", True),
        ("fault-half-json", False),
        ("fault-half-json", True),
        ("fault-cut", False),
    ],
)
def test_an_unusable_answer_is_a_server_error(client, upstream, model, stream):
    with pytest.raises(openai.InternalServerError) as raised:
        ask(client, model, upstream, stream=stream)
    assert set(raised.value.body) == {"message", "type", "param", "code"}
    assert "proxy.internal" not in str(raised.value)


def test_a_rate_limit_says_when_to_come_back(client, upstream):
    with pytest.raises(openai.RateLimitError) as raised:
        ask(client, "fault-429", upstream)
    assert raised.value.response.headers["retry-after"] == "1"
    assert raised.value.code == "rate_limit_exceeded"


@pytest.mark.parametrize("model", ["fault-500", "fault-429", "fault-503", "fault-409"])
def test_the_sdk_tries_three_times_and_so_often_the_upstream_is_asked(client, upstream, model):
    with pytest.raises(openai.APIStatusError):
        ask(client.with_options(max_retries=2), model, upstream)
    assert len(upstream.asked(lambda found: len(found) >= 3)) == 3


@pytest.mark.parametrize("model", ["fault-400", "fault-422"])
def test_what_will_not_get_better_is_asked_once(client, upstream, model):
    with pytest.raises(openai.APIStatusError):
        ask(client.with_options(max_retries=2), model, upstream)
    assert len(upstream.asked()) == 1


def test_an_upstream_that_recovers_is_answered_for_at_the_second_try(client, upstream):
    answer = ask(client.with_options(max_retries=2), "flaky", upstream)
    assert answer.choices[0].finish_reason == "stop"
    assert len(upstream.asked()) == 2


@pytest.mark.parametrize("stream", [False, True])
def test_a_clients_timeout_closes_the_upstreams_connection(client, upstream, stream):
    with pytest.raises(openai.APITimeoutError):
        for _ in ask(client, "silent", upstream, stream=stream, timeout=2):
            pass
    upstream.abandoned()


@pytest.mark.parametrize("model", ["endless", "silent-after-first"])
def test_a_client_that_leaves_a_stream_closes_the_upstreams_connection(client, upstream, model):
    with ask(client, model, upstream, stream=True) as stream:
        words = (c.choices[0].delta.content for c in stream)
        assert next(words) == ""
        assert next(words)
    upstream.abandoned()


def test_an_error_in_the_middle_of_a_stream_raises(client, upstream):
    words = []
    with pytest.raises(openai.APIError):
        for chunk in ask(client, "fault-mid-stream", upstream, stream=True):
            words.append(chunk.choices[0].delta.content)
    assert words == ["", "Almost"]


@pytest.mark.parametrize("model", ["fault-cut", "fault-early-end"])
def test_a_stream_that_breaks_off_raises_and_does_not_look_finished(client, upstream, model):
    words = []
    with pytest.raises(openai.APIError):
        for chunk in ask(client, model, upstream, stream=True):
            words.append(chunk.choices[0].delta.content)
    assert words[0] == ""
    assert len(words) == 2


def test_the_process_is_healthy_after_all_that(client, upstream):
    assert ask(client, "hello", upstream).choices[0].finish_reason == "stop"
