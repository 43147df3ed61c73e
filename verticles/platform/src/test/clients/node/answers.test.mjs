// What works with OpenAI works through the gateway, with OpenAI's own SDK.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AWKWARD, client, collect, KEY, text, Upstream } from './gotthard.mjs';

const WORDS = 'Grüezi from behind the pass. 🏔';

test('models are listed', async () => {
  const listed = await collect(client().models.list());
  const ids = listed.map((model) => model.id);
  for (const id of ['hello', 'embedding', AWKWARD]) assert.ok(ids.includes(id), id);
  for (const model of listed) {
    assert.equal(model.object, 'model');
    assert.equal(typeof model.created, 'number');
    assert.equal(typeof model.owned_by, 'string');
  }
});

test('a model with slash and colon in its id is retrieved and answers', async () => {
  const upstream = new Upstream();
  assert.equal((await client().models.retrieve(AWKWARD)).id, AWKWARD);
  const answer = await client().chat.completions.create({ model: AWKWARD, messages: upstream.said() });
  assert.equal(answer.model, AWKWARD);
  assert.equal((await upstream.question()).model, 'upstream/hello');
});

test('a chat is answered with all the upstream said', async () => {
  const upstream = new Upstream();
  const answer = await client().chat.completions.create({ model: 'hello', messages: upstream.said() });
  assert.deepEqual(answer.choices, [
    {
      index: 0,
      message: { role: 'assistant', content: WORDS, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: 'stop',
    },
  ]);
  assert.equal(answer.model, 'hello');
  assert.equal(answer.system_fingerprint, 'fp_44709d6fcb');
  assert.equal(answer.usage.prompt_tokens_details.cached_tokens, 16);
});

test('a request reaches the upstream as it is but for the model', async () => {
  const upstream = new Upstream();
  const request = {
    messages: [{ role: 'developer', content: 'Be brief. ŽŽ 😀 \u0000 "\\/' }, ...upstream.said()],
    tools: [{ type: 'function', function: { name: 'weather', strict: null } }],
    tool_choice: 'required',
    response_format: { type: 'json_object' },
    logit_bias: { 50256: -100 },
    temperature: 0.1,
    seed: -7,
    stop: ['\n\n', 'END'],
    top_k: 5,
    min_p: 1e-7,
    chat_template_kwargs: { enable_thinking: false, deep: [1, [2, { three: null }]] },
    nothing: null,
  };
  await client().chat.completions.create({ model: 'hello', ...request });
  const [asked] = await upstream.asked();
  assert.deepEqual(asked.body, { model: 'upstream/hello', ...request });
  assert.equal(asked.headers.authorization, 'Bearer up-secret');
  assert.ok(!JSON.stringify(asked).includes(KEY));
});

test('a stream brings every chunk and no usage that was not asked for', async () => {
  const upstream = new Upstream();
  const chunks = await collect(
    await client().chat.completions.create({ model: 'hello', messages: upstream.said(), stream: true }),
  );
  assert.equal(text(chunks), WORDS);
  assert.deepEqual(
    chunks.map((chunk) => chunk.choices[0].finish_reason),
    [null, null, null, null, null, 'stop'],
  );
  for (const chunk of chunks) {
    assert.equal(chunk.model, 'hello');
    assert.equal(chunk.usage ?? null, null);
    assert.equal(typeof chunk.obfuscation, 'string');
  }
  assert.deepEqual((await upstream.question()).stream_options, { include_usage: true });
});

test('a stream ends with usage if it was asked for', async () => {
  const upstream = new Upstream();
  const chunks = await collect(
    await client().chat.completions.create({
      model: 'hello',
      messages: upstream.said(),
      stream: true,
      stream_options: { include_usage: true },
    }),
  );
  const last = chunks.pop();
  assert.deepEqual(last.choices, []);
  assert.equal(last.usage.total_tokens, 28);
  assert.ok(chunks.every((chunk) => chunk.choices.length === 1 && chunk.usage === null));
});

test('reasoning and vendor fields of vLLM come back', async () => {
  const upstream = new Upstream();
  const request = { model: 'vllm-reasoning', messages: upstream.said() };
  const answer = await client().chat.completions.create(request);
  assert.equal(answer.choices[0].message.reasoning_content, 'Gotthard, Furka, Grimsel: also drei.');
  assert.equal(answer.prompt_logprobs, null);
  assert.equal(answer.kv_transfer_params, null);
  const chunks = await collect(await client().chat.completions.create({ ...request, stream: true }));
  const thought = chunks.map((chunk) => chunk.choices[0].delta.reasoning_content ?? '').join('');
  assert.equal(thought, 'Gotthard, Furka, Grimsel: also drei.');
  assert.equal(text(chunks), 'Es sind drei Pässe.');
});

test('comments, CRLF and many events in a segment are understood', async () => {
  const upstream = new Upstream();
  const chunks = await collect(
    await client().chat.completions.create({ model: 'llama-cpp', messages: upstream.said(), stream: true }),
  );
  assert.equal(text(chunks), 'Snow closes the pass in');
  assert.equal(chunks.at(-1).timings.predicted_n, 5);
});

test('embeddings in the encoding the SDK prefers', async () => {
  const upstream = new Upstream();
  const answer = await client().embeddings.create({ model: 'embedding', input: [upstream.marker, 'two'] });
  assert.deepEqual(
    answer.data.map((one) => Array.from(one.embedding)),
    [
      [0.25, -0.5, 1.0, 0.125],
      [-1.0, 0.75, 0.0, 2.5],
    ],
  );
  assert.equal(answer.model, 'embedding');
  assert.equal((await upstream.question()).encoding_format, 'base64');
});

test('embeddings as numbers', async () => {
  const upstream = new Upstream();
  const request = { input: [[1, 2, 3], [4]], encoding_format: 'float', dimensions: 4, user: upstream.marker };
  const answer = await client().embeddings.create({ model: 'embedding', ...request });
  assert.deepEqual(answer.data[1].embedding, [-1.0, 0.75, 0.0, 2.5]);
  assert.deepEqual(await upstream.question(), { model: 'upstream/embedding', ...request });
});

test('pings keep a slow stream alive and disturb nothing', async () => {
  const upstream = new Upstream();
  const pinging = client({ baseURL: `${process.env.PINGING_URL}/v1` });
  const chunks = await collect(
    await pinging.chat.completions.create({ model: 'slow', messages: upstream.said(), stream: true }),
  );
  assert.equal(text(chunks), 'Slowly uphill.');
});

test('completions of the old kind', async () => {
  const upstream = new Upstream();
  const request = { model: 'completion', prompt: upstream.marker };
  const answer = await client().completions.create(request);
  assert.equal(answer.choices[0].text, ' the tunnel is 57 km long.');
  const chunks = await collect(await client().completions.create({ ...request, stream: true }));
  assert.equal(chunks.map((chunk) => chunk.choices[0].text).join(''), ' the tunnel is 57 km long.');
  assert.ok(chunks.every((chunk) => chunk.model === 'completion'));
});

test('every answer has a request id of its own, also a stream', async () => {
  const upstream = new Upstream();
  const ids = new Set();
  for (const stream of [false, true, false]) {
    const { data, response, request_id } = await client()
      .chat.completions.create({ model: 'hello', messages: upstream.said(), stream })
      .withResponse();
    assert.equal(response.headers.get('x-request-id'), request_id);
    assert.match(response.headers.get('content-type'), stream ? /^text\/event-stream/ : /^application\/json/);
    if (stream) await collect(data);
    ids.add(request_id);
  }
  assert.equal(ids.size, 3);
  assert.ok(!ids.has(null));
});
