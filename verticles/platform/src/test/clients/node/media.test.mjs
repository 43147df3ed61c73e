// Images, audio, moderations and responses, with OpenAI's own SDK.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { client, collect, Upstream } from './gotthard.mjs';

const WORDS = 'Grüezi from behind the pass.';
const SOUND = 'The sound of the pass, which no text is. '.repeat(40);

const sound = () => toFile(Buffer.from('a sound'), 'talk.mp3', { type: 'audio/mpeg' });
const picture = () => toFile(Buffer.from('a picture'), 'pass.png', { type: 'image/png' });

test('images are made', async () => {
  const upstream = new Upstream();
  const answer = await client().images.generate({ model: 'image', prompt: upstream.marker, n: 2 });
  assert.deepEqual(
    answer.data.map((image) => image.b64_json),
    ['iVBORw0KGgo=', 'iVBORw0KGgo='],
  );
  assert.deepEqual(await upstream.question(), { model: 'upstream/image', prompt: upstream.marker, n: 2 });
});

test('images are made of images', async () => {
  const upstream = new Upstream();
  const request = { model: 'image', prompt: upstream.marker };
  await client().images.edit({ ...request, image: await picture(), mask: await picture() });
  const [asked] = await upstream.asked();
  assert.equal(asked.path, '/v1/images/edits');
  assert.deepEqual(asked.body, {
    model: 'upstream/image',
    prompt: upstream.marker,
    image: 'pass.png',
    mask: 'pass.png',
  });
  assert.match(asked.text, /a picture/);
});

test('images are made of several images', async () => {
  const upstream = new Upstream();
  const image = [await picture(), await picture()];
  const answer = await client().images.edit({ model: 'image', prompt: upstream.marker, image });
  assert.equal(answer.data.length, 2);
  assert.deepEqual((await upstream.question())['image[]'], ['pass.png', 'pass.png']);
});

test('speech comes as bytes', async () => {
  const upstream = new Upstream();
  const answer = await client().audio.speech.create({ model: 'speech', voice: 'alloy', input: upstream.marker });
  assert.equal(answer.headers.get('content-type'), 'audio/mpeg');
  assert.equal(Buffer.from(await answer.arrayBuffer()).toString(), SOUND);
  assert.equal((await upstream.question()).voice, 'alloy');
});

test('a sound is transcribed', async () => {
  const upstream = new Upstream();
  const answer = await client().audio.transcriptions.create({
    model: 'transcription',
    file: await sound(),
    prompt: upstream.marker,
    timestamp_granularities: ['word', 'segment'],
  });
  assert.equal(answer.text, WORDS);
  const [asked] = await upstream.asked();
  assert.equal(asked.path, '/v1/audio/transcriptions');
  assert.deepEqual(asked.body['timestamp_granularities[]'], ['word', 'segment']);
  assert.equal(asked.body.model, 'upstream/transcription');
  assert.match(asked.text, /a sound/);
});

test('a transcript is streamed', async () => {
  const upstream = new Upstream();
  const request = { model: 'transcription', file: await sound(), prompt: upstream.marker, stream: true };
  const events = await collect(await client().audio.transcriptions.create(request));
  assert.equal(events.map((event) => event.delta ?? '').join(''), WORDS);
  assert.equal(events.at(-1).type, 'transcript.text.done');
  assert.equal(events.at(-1).usage.total_tokens, 23);
});

test('a sound is translated', async () => {
  const upstream = new Upstream();
  const request = { model: 'transcription', file: await sound(), prompt: upstream.marker };
  assert.equal((await client().audio.translations.create(request)).text, WORDS);
  assert.equal((await upstream.asked())[0].path, '/v1/audio/translations');
});

test('a text is moderated', async () => {
  const upstream = new Upstream();
  const answer = await client().moderations.create({ model: 'moderation', input: [upstream.marker] });
  assert.equal(answer.results[0].categories.violence, true);
  assert.equal(answer.model, 'moderation');
});

test('a response is whole', async () => {
  const upstream = new Upstream();
  const answer = await client().responses.create({ model: 'response', input: upstream.marker });
  assert.equal(answer.output_text, WORDS);
  assert.equal(answer.output[1].arguments, '{"place":"Airolo"}');
  assert.equal(answer.model, 'response');
  assert.equal(answer.usage.total_tokens, 28);
  assert.equal((await upstream.question()).store, false);
});

test('a response is streamed, and the SDK puts it together', async () => {
  const upstream = new Upstream();
  const stream = client().responses.stream({ model: 'response', input: upstream.marker });
  const events = await collect(stream);
  assert.equal(events.at(-1).type, 'response.completed');
  const response = await stream.finalResponse();
  assert.equal(response.output_text, WORDS);
  assert.equal(response.output[1].name, 'weather');
  assert.equal(response.model, 'response');
});

test('a response that fails is an error, after what came before', async () => {
  const upstream = new Upstream();
  const request = { model: 'response-broken', input: upstream.marker };
  for (const begin of [
    () => client().responses.create({ ...request, stream: true }),
    () => client().responses.stream(request),
  ]) {
    const seen = [];
    await assert.rejects(
      async () => {
        for await (const event of await begin()) seen.push(event.type);
      },
      (error) => {
        assert.ok(error instanceof OpenAI.APIError, error.stack);
        assert.match(error.message, /upstream/);
        assert.doesNotMatch(error.message, /own words/);
        return true;
      },
    );
    assert.equal(seen.filter((type) => type === 'response.output_text.delta').length, 2);
    assert.ok(!seen.includes('response.completed'));
  }
});

test('that error is the event that the contract of responses has, with the next number', async () => {
  const answer = await fetch(`${process.env.GOTTHARD_URL}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.GOTTHARD_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'response-broken', input: 'a', stream: true }),
  });
  const [last] = (await answer.text()).split('\n\n').slice(-2);
  const [name, data] = last.split('\n');
  assert.equal(name, 'event: error');
  const event = JSON.parse(data.slice('data: '.length));
  assert.equal(event.type, 'error');
  assert.equal(event.sequence_number, 6);
  assert.equal(event.code, event.error.code);
  assert.equal(event.message, event.error.message);
});

test('a response that fails at once is an error', async () => {
  const request = { model: 'response-broken', input: new Upstream().marker };
  await assert.rejects(client().responses.create(request), OpenAI.InternalServerError);
});
