"""Messages, with Anthropic's own SDK, of models that know nothing of them."""

import os

import anthropic
import pytest

WEATHER = {
    "name": "weather",
    "description": "The weather of a place",
    "input_schema": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
}


@pytest.fixture
def claude():
    """A client that never tries again, so that one call is one request."""
    with anthropic.Anthropic(
        base_url=os.environ["GOTTHARD_URL"], api_key=os.environ["GOTTHARD_KEY"], max_retries=0, timeout=30
    ) as client:
        yield client


def said(marker):
    return [{"role": "user", "content": marker}]


def test_a_message_is_answered(claude, upstream):
    message = claude.messages.create(model="hello", max_tokens=100, messages=said(upstream.marker))
    assert message.content[0].text == "Grüezi from behind the pass. 🏔"
    assert message.stop_reason == "end_turn"
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens) == (3, 16)
    assert message._request_id


def test_a_stream_is_put_together_with_what_was_measured_at_its_end(claude, upstream):
    with claude.messages.stream(model="hello", max_tokens=100, messages=said(upstream.marker)) as stream:
        assert "".join(stream.text_stream) == "Grüezi from behind the pass. 🏔"
        message = stream.get_final_message()
    assert message.stop_reason == "end_turn"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (3, 9)


def test_tools_are_called_and_their_results_understood_in_streams(claude, upstream):
    messages = said(upstream.marker)
    with claude.messages.stream(model="tools", max_tokens=100, messages=messages, tools=[WEATHER]) as stream:
        first = stream.get_final_message()
    assert [block.input["place"] for block in first.content] == ["Airolo", "Göschenen"]
    assert first.stop_reason == "tool_use"
    results = [{"type": "tool_result", "tool_use_id": block.id, "content": "clear"} for block in first.content]
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
    with claude.messages.stream(model="tools", max_tokens=100, messages=messages, tools=[WEATHER]) as stream:
        assert stream.get_final_text() == "Sun in Airolo, rain in Göschenen."


def test_thoughts_are_told_in_blocks_of_their_own(claude, upstream):
    with claude.messages.stream(model="vllm-reasoning", max_tokens=100, messages=said(upstream.marker)) as stream:
        message = stream.get_final_message()
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[0].thinking == "Gotthard, Furka, Grimsel: also drei."


def test_a_cut_stream_is_an_error_and_no_message(claude, upstream):
    with pytest.raises(anthropic.APIStatusError) as raised:
        with claude.messages.stream(model="fault-cut", max_tokens=100, messages=said(upstream.marker)) as stream:
            stream.get_final_message()
    assert raised.value.body["error"]["type"] == "api_error"


def test_who_leaves_a_stream_takes_the_upstream_along(claude, upstream):
    with claude.messages.stream(model="silent-after-first", max_tokens=100, messages=said(upstream.marker)) as stream:
        next(stream.text_stream)
    upstream.abandoned()


def test_signs_of_life_disturb_nobody(upstream):
    with anthropic.Anthropic(
        base_url=os.environ["PINGING_URL"], auth_token=os.environ["GOTTHARD_KEY"], max_retries=0, timeout=30
    ) as client:
        with client.messages.stream(model="slow", max_tokens=100, messages=said(upstream.marker)) as stream:
            assert stream.get_final_text() == "Slowly uphill."


def test_failures_are_the_exceptions_of_the_SDK(claude, upstream):
    def ask(model, **more):
        claude.messages.create(model=model, max_tokens=100, messages=said(upstream.marker), **more)

    with pytest.raises(anthropic.NotFoundError) as raised:
        ask("nobody")
    assert raised.value.body["error"]["type"] == "not_found_error"
    with pytest.raises(anthropic.RateLimitError):
        ask("fault-429")
    with pytest.raises(anthropic.APIStatusError) as raised:
        ask("fault-503")
    assert raised.value.status_code == 529
    with pytest.raises(anthropic.BadRequestError) as raised:
        ask("hello", tools=[{"type": "web_search_20250305", "name": "web_search"}])
    assert "'tools[0].type'" in raised.value.body["error"]["message"]


def test_tokens_are_counted(claude):
    assert claude.messages.count_tokens(model="hello", messages=said("Hello")).input_tokens == 8


def test_models_are_listed(claude):
    models = claude.models.list()
    assert {"hello", "tools"} <= {model.id for model in models}
