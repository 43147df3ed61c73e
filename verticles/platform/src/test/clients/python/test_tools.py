"""Tools, structured output, choices and images, with the helpers of OpenAI's own SDK."""

import json

from pydantic import BaseModel

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a place",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}},
            "required": ["place"],
            "additionalProperties": False,
        },
    },
}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)


class Pass(BaseModel):
    name: str
    height: int
    open: bool
    villages: list[str]


def said(marker):
    return [{"role": "user", "content": marker}]


def test_tools_are_called_and_their_results_understood(client, upstream):
    messages = said(upstream.marker)
    first = client.chat.completions.create(model="tools", messages=messages, tools=[WEATHER])
    calls = first.choices[0].message.tool_calls
    assert [json.loads(c.function.arguments)["place"] for c in calls] == ["Airolo", "Göschenen"]
    messages.append(first.choices[0].message)
    messages += [{"role": "tool", "tool_call_id": c.id, "content": '{"sky":"clear"}'} for c in calls]
    second = client.chat.completions.create(model="tools", messages=messages, tools=[WEATHER])
    assert second.choices[0].message.content == "Sun in Airolo, rain in Göschenen."
    asked = upstream.asked(lambda found: len(found) == 2)[1]["body"]
    assert [m["role"] for m in asked["messages"]] == ["user", "assistant", "tool", "tool"]
    assert asked["messages"][1]["tool_calls"][1]["id"] == "call_goeschenen"


def test_tools_are_called_and_their_results_understood_in_streams(client, upstream):
    messages = said(upstream.marker)
    with client.chat.completions.stream(model="tools", messages=messages, tools=[WEATHER]) as stream:
        first = stream.get_final_completion().choices[0]
    assert first.finish_reason == "tool_calls"
    assert [c.function.parsed_arguments["place"] for c in first.message.tool_calls] == ["Airolo", "Göschenen"]
    messages.append(first.message.model_dump(exclude_none=True, exclude={"parsed"}))
    messages += [{"role": "tool", "tool_call_id": c.id, "content": "clear"} for c in first.message.tool_calls]
    with client.chat.completions.stream(model="tools", messages=messages, tools=[WEATHER]) as stream:
        assert stream.get_final_completion().choices[0].message.content == "Sun in Airolo, rain in Göschenen."


def test_structured_output_is_parsed(client, upstream):
    answer = client.chat.completions.parse(
        model="structured", messages=said(upstream.marker), response_format=Pass
    )
    assert answer.choices[0].message.parsed == Pass(
        name="Gotthard", height=2106, open=True, villages=["Airolo", "Göschenen"]
    )
    wanted = upstream.question()["response_format"]
    assert (wanted["type"], wanted["json_schema"]["strict"]) == ("json_schema", True)
    assert list(wanted["json_schema"]["schema"]["properties"]) == ["name", "height", "open", "villages"]


def test_structured_output_is_parsed_while_it_streams(client, upstream):
    with client.chat.completions.stream(
        model="structured", messages=said(upstream.marker), response_format=Pass
    ) as stream:
        kinds = {event.type for event in stream}
        parsed = stream.get_final_completion().choices[0].message.parsed
    assert parsed.height == 2106
    assert {"chunk", "content.delta", "content.done"} <= kinds


def test_a_refusal_is_told_apart_from_an_answer(client, upstream):
    answer = client.chat.completions.parse(model="refusal", messages=said(upstream.marker), response_format=Pass)
    assert answer.choices[0].message.parsed is None
    assert answer.choices[0].message.refusal == "I can't help with closing the tunnel."
    with client.chat.completions.stream(model="refusal", messages=said(upstream.marker)) as stream:
        assert stream.get_final_completion().choices[0].message.refusal == "I can't help with closing the tunnel."


def test_two_choices_with_logprobs(client, upstream):
    request = {"model": "choices", "messages": said(upstream.marker), "n": 2, "logprobs": True, "top_logprobs": 2}
    answer = client.chat.completions.create(**request)
    assert [c.message.content for c in answer.choices] == ["Yes", "No"]
    assert answer.choices[0].logprobs.content[0].top_logprobs[1].bytes == [78, 111]
    with client.chat.completions.stream(**request) as stream:
        streamed = stream.get_final_completion()
    assert [c.message.content for c in streamed.choices] == ["Yes", "No"]
    assert streamed.choices[1].logprobs.content[0].logprob == -1.32


def test_an_image_part_reaches_the_upstream(client, upstream):
    parts = [
        {"type": "text", "text": f"What is this? {upstream.marker}"},
        {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
    ]
    answer = client.chat.completions.create(model="vision", messages=[{"role": "user", "content": parts}])
    assert answer.choices[0].message.content == "A single red pixel."
    assert answer.usage.prompt_tokens_details.to_dict()["image_tokens"] == 258
    assert upstream.question()["messages"][0]["content"] == parts
