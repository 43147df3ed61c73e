"""An assistant is a model: a conversation with one, with OpenAI's own SDK. The model behind it does what it is told."""

import json

import openai
import pytest

MODEL = "Assistant/guide"
MINE = {
    "type": "function",
    "function": {
        "name": "mine",
        "description": "A function of the caller",
        "parameters": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    },
}
CONVERSATION = [
    ("hello", "You said: hello. Turn 1."),
    ("weather Airolo", 'The tools said: {"place":"Airolo","sky":"clear"}'),
    ("shout gotthard", "The tools said: GOTTHARD"),
    ("good", "You said: good. Turn 4."),
    ("weather Realp", 'The tools said: {"place":"Realp","sky":"clear"}'),
    ("think twice", "twice"),
    ("shout furka", "The tools said: FURKA"),
    ("fine", "You said: fine. Turn 8."),
    ("both pass", 'The tools said: {"place":"pass","sky":"clear"}, PASS'),
    ("bye", "You said: bye. Turn 10."),
]


def said(text):
    return [{"role": "user", "content": text}]


def collect(stream):
    chunks = list(stream)
    assert len({chunk.id for chunk in chunks}) == 1
    assert len({chunk.created for chunk in chunks}) == 1
    assert {chunk.model for chunk in chunks} == {MODEL}
    roles = [c.choices[0].delta.role for c in chunks if c.choices and c.choices[0].delta.role]
    assert roles == ["assistant"]
    assert chunks[0].choices[0].delta.role == "assistant"
    reasons = [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason]
    assert len(reasons) == 1
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    return text, reasons[0], chunks


def test_ten_turns_in_a_thread(client):
    thread = None
    for turn, (question, answer) in enumerate(CONVERSATION):
        metadata = {"thread_id": thread} if thread else openai.NOT_GIVEN
        if turn % 2 == 0:
            raw = client.chat.completions.with_raw_response.create(
                model=MODEL, messages=said(question), metadata=metadata
            )
            whole = raw.parse()
            assert whole.choices[0].message.content == answer
            assert whole.choices[0].finish_reason == "stop"
            assert whole.choices[0].message.tool_calls is None
            calls = 1 if "said: " in answer and "tools" not in answer or question.startswith("think") else 2
            assert whole.usage.prompt_tokens == 10 * calls
            assert whole.usage.total_tokens == 15 * calls
        else:
            raw = client.chat.completions.with_raw_response.create(
                model=MODEL, messages=said(question), metadata=metadata, stream=True
            )
            text, reason, _ = collect(raw.parse())
            assert (text, reason) == (answer, "stop")
        assert raw.headers["x-gotthard-run"].startswith("run_")
        thread = thread or raw.headers["x-gotthard-thread"]
        assert raw.headers["x-gotthard-thread"] == thread


def test_ten_turns_without_a_thread_as_with_a_plain_model(client):
    messages = []
    for turn, (question, answer) in enumerate(CONVERSATION):
        messages += said(question)
        if turn % 2:
            whole = client.chat.completions.create(model=MODEL, messages=messages)
            assert whole.choices[0].message.content == answer
        else:
            stream = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
            assert collect(stream)[0] == answer
        messages.append({"role": "assistant", "content": answer})


def test_the_whole_conversation_may_be_sent_to_a_thread_which_takes_what_is_new(client):
    first = client.chat.completions.with_raw_response.create(model=MODEL, messages=said("one"))
    metadata = {"thread_id": first.headers["x-gotthard-thread"]}
    history = said("one") + [{"role": "assistant", "content": first.parse().choices[0].message.content}]
    second = client.chat.completions.create(model=MODEL, messages=history + said("two"), metadata=metadata)
    assert second.choices[0].message.content == "You said: two. Turn 2."
    with pytest.raises(openai.BadRequestError) as nothing:
        client.chat.completions.create(model=MODEL, messages=history, metadata=metadata)
    assert nothing.value.param == "messages"


@pytest.mark.parametrize("streamed", [False, True])
def test_the_callers_functions_work_as_with_a_plain_model(client, streamed):
    raw = client.chat.completions.with_raw_response.create(
        model=MODEL, messages=said("mine 5"), tools=[MINE], stream=streamed
    )
    metadata = {"thread_id": raw.headers["x-gotthard-thread"]}
    if streamed:
        _, reason, chunks = collect(raw.parse())
        deltas = [d for c in chunks if c.choices for d in c.choices[0].delta.tool_calls or []]
        assert [d.index for d in deltas] == [0]
        (call,) = deltas
    else:
        choice = raw.parse().choices[0]
        reason, (call,) = choice.finish_reason, choice.message.tool_calls
        assert choice.message.content is None
    assert reason == "tool_calls"
    assert call.function.name == "mine"
    assert json.loads(call.function.arguments) == {"text": "5"}
    output = {"role": "tool", "tool_call_id": call.id, "content": "five"}
    asked = {"role": "assistant", "content": None, "tool_calls": [
        {"id": call.id, "type": "function", "function": {"name": "mine", "arguments": call.function.arguments}}
    ]}
    on = client.chat.completions.create(
        model=MODEL, messages=said("mine 5") + [asked, output], tools=[MINE], metadata=metadata
    )
    assert on.choices[0].message.content == "The tools said: five"
    assert on.usage.prompt_tokens == 10
    plain = client.chat.completions.create(model=MODEL, messages=said("mine 5") + [asked, output], tools=[MINE])
    assert plain.choices[0].message.content == "The tools said: five"


def test_reasons_and_thoughts_are_the_models(client):
    assert client.chat.completions.create(model=MODEL, messages=said("long")).choices[0].finish_reason == "length"
    filtered = client.chat.completions.create(model=MODEL, messages=said("filter"))
    assert filtered.choices[0].finish_reason == "content_filter"
    thinking = client.chat.completions.create(model=MODEL, messages=said("think hard"))
    assert thinking.choices[0].message.reasoning_content == "Let me think."
    assert thinking.choices[0].message.content == "hard"
    stream = client.chat.completions.create(model=MODEL, messages=said("think hard"), stream=True)
    _, _, chunks = collect(stream)
    thoughts = "".join(getattr(c.choices[0].delta, "reasoning_content", None) or "" for c in chunks if c.choices)
    assert thoughts == "Let me think."


def test_usage_ends_a_stream_for_who_asked_for_it(client):
    stream = client.chat.completions.create(
        model=MODEL, messages=said("weather Airolo"), stream=True, stream_options={"include_usage": True}
    )
    _, _, chunks = collect(stream)
    assert chunks[-1].choices == []
    assert chunks[-1].usage.prompt_tokens == 20
    assert chunks[-1].usage.completion_tokens == 10
    assert all(chunk.usage is None for chunk in chunks[:-1])
    without = client.chat.completions.create(model=MODEL, messages=said("x"), stream=True)
    assert all(chunk.choices and chunk.usage is None for chunk in without)


def test_it_is_listed_and_retrieved(client):
    assert MODEL in [model.id for model in client.models.list()]
    assert client.models.retrieve(MODEL).id == MODEL


def test_an_unknown_assistant_is_an_unknown_model(client):
    for unknown in ["Assistant/nobody", "Nothing/guide", "a/b/c"]:
        with pytest.raises(openai.NotFoundError) as plain:
            client.chat.completions.create(model=unknown, messages=said("x"))
        assert plain.value.code == "model_not_found"
        assert plain.value.param == "model"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve(unknown)


def test_an_unknown_thread_is_not_found(client):
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model=MODEL, messages=said("x"), metadata={"thread_id": "thr_" + "a" * 24})


@pytest.mark.parametrize("streamed", [False, True])
def test_a_run_that_fails_before_its_first_word_is_an_error_with_a_status(client, streamed):
    with pytest.raises(openai.BadRequestError) as failed:
        client.chat.completions.create(model=MODEL, messages=said("break"), stream=streamed)
    assert failed.value.code == "context_length_exceeded"


def test_what_assistants_can_not_do_is_refused_by_name(client):
    for param, given in [("n", {"n": 2}), ("logprobs", {"logprobs": True})]:
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(model=MODEL, messages=said("x"), **given)
        assert refused.value.param == param


def test_a_client_that_leaves_lets_the_model_go(client):
    stream = client.chat.completions.create(model=MODEL, messages=said("wait"), stream=True)
    for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    stream.close()
