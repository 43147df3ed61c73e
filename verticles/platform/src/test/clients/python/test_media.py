"""Images, audio, moderations and responses, with OpenAI's own SDK."""

import openai
import pytest

WORDS = "Grüezi from behind the pass."
SOUND = b"The sound of the pass, which no text is. " * 40
TALK = ("talk.mp3", b"a sound", "audio/mpeg")
PICTURE = ("pass.png", b"a picture", "image/png")


def test_images_are_made(client, upstream):
    answer = client.images.generate(model="image", prompt=upstream.marker, n=2, size="1024x1024")
    assert [image.b64_json for image in answer.data] == ["iVBORw0KGgo="] * 2
    assert answer.usage.total_tokens == 556
    assert upstream.question() == {
        "model": "upstream/image",
        "prompt": upstream.marker,
        "n": 2,
        "size": "1024x1024",
    }


@pytest.mark.parametrize("image", [PICTURE, [PICTURE, PICTURE]])
def test_images_are_made_of_images(client, upstream, image):
    answer = client.images.edit(model="image", prompt=upstream.marker, image=image, n=2)
    assert len(answer.data) == 2
    (asked,) = upstream.asked()
    assert asked["path"] == "/v1/images/edits"
    assert asked["body"]["model"] == "upstream/image"
    assert asked["body"]["n"] == "2"
    assert asked["text"].count("a picture") == (2 if isinstance(image, list) else 1)


def test_speech_is_streamed_as_bytes(client, upstream):
    with client.audio.speech.with_streaming_response.create(
        model="speech", voice="alloy", input=upstream.marker
    ) as answer:
        assert answer.headers["content-type"] == "audio/mpeg"
        assert b"".join(answer.iter_bytes()) == SOUND


def test_a_sound_is_transcribed(client, upstream):
    answer = client.audio.transcriptions.create(
        model="transcription", file=TALK, prompt=upstream.marker, temperature=0.5, include=["logprobs"]
    )
    assert answer.text == WORDS
    assert answer.usage.seconds == 3
    (asked,) = upstream.asked()
    assert asked["body"]["include[]"] == ["logprobs"]
    assert (asked["body"]["file"], asked["body"]["temperature"]) == ("talk.mp3", "0.5")


def test_a_transcript_is_streamed(client, upstream):
    events = list(
        client.audio.transcriptions.create(model="transcription", file=TALK, prompt=upstream.marker, stream=True)
    )
    assert "".join(event.delta for event in events[:-1]) == WORDS
    assert events[-1].type == "transcript.text.done"
    assert events[-1].usage.total_tokens == 23


def test_a_sound_is_translated(client, upstream):
    answer = client.audio.translations.create(model="transcription", file=TALK, prompt=upstream.marker)
    assert answer.text == WORDS
    assert upstream.asked()[0]["path"] == "/v1/audio/translations"


def test_a_text_is_moderated(client, upstream):
    answer = client.moderations.create(model="moderation", input=upstream.marker)
    assert answer.results[0].categories.violence
    assert answer.model == "moderation"


def test_a_response_is_whole(client, upstream):
    answer = client.responses.create(model="response", input=[{"role": "user", "content": upstream.marker}])
    assert answer.output_text == WORDS
    assert answer.output[1].name == "weather"
    assert (answer.model, answer.usage.input_tokens_details.cached_tokens) == ("response", 16)


def test_a_response_is_streamed_and_the_SDK_puts_it_together(client, upstream):
    with client.responses.stream(model="response", input=upstream.marker) as stream:
        kinds = [event.type for event in stream]
        response = stream.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert response.output_text == WORDS


def test_a_response_that_fails_is_an_error_after_what_came_before(client, upstream):
    words = []
    with pytest.raises(openai.APIError) as raised:
        for event in client.responses.create(model="response-broken", input=upstream.marker, stream=True):
            assert event.type != "response.completed"
            words += [event.delta] if event.type == "response.output_text.delta" else []
    assert words == ["Grüezi", " from behind"]
    assert "own words" not in str(raised.value)


def test_what_would_be_kept_is_refused_by_name(client, upstream):
    for more in ({"store": True}, {"background": True}, {"previous_response_id": "resp_1"}, {"conversation": "c"}):
        with pytest.raises(openai.BadRequestError) as raised:
            client.responses.create(model="response", input=upstream.marker, **more)
        assert raised.value.param == next(iter(more))


def test_a_form_without_a_model_is_refused_by_name(client):
    with pytest.raises(openai.BadRequestError) as raised:
        client.post("/audio/transcriptions", cast_to=object, body={}, files={"file": TALK}, options={
            "headers": {"content-type": "multipart/form-data"}
        })
    assert raised.value.param == "model"
