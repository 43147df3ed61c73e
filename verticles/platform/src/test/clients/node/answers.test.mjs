// What works with OpenAI works through the gateway, with OpenAI's own SDK.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { AWKWARD, client, collect, KEY, text, Upstream } from './gotthard.mjs';

const Pass = z.object({
  name: z.string(),
  height: z.number(),
  open: z.boolean(),
  villages: z.array(z.string()),
});
const WEATHER = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather of a place',
    parameters: {
      type: 'object',
      properties: { place: { type: 'string' } },
      required: ['place'],
      additionalProperties: false,
    },
  },
};
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';
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
    tools: [WEATHER],
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

test('tools are called and their results understood', async () => {
  const upstream = new Upstream();
  const request = { model: 'tools', tools: [WEATHER], messages: upstream.said() };
  const first = await client().chat.completions.create(request);
  const calls = first.choices[0].message.tool_calls;
  assert.deepEqual(
    calls.map((call) => JSON.parse(call.function.arguments).place),
    ['Airolo', 'Göschenen'],
  );
  request.messages.push(first.choices[0].message);
  for (const call of calls) request.messages.push({ role: 'tool', tool_call_id: call.id, content: 'clear' });
  const second = await client().chat.completions.create(request);
  assert.equal(second.choices[0].message.content, 'Sun in Airolo, rain in Göschenen.');
  const asked = await upstream.asked((found) => found.length === 2);
  assert.deepEqual(asked[1].body.messages, request.messages);
});

test('the SDK runs tools by itself, in streams', async () => {
  const upstream = new Upstream();
  const asked = [];
  const runner = client().chat.completions.runTools({
    model: 'tools',
    messages: upstream.said(),
    stream: true,
    tools: [
      {
        type: 'function',
        function: {
          ...WEATHER.function,
          parse: JSON.parse,
          function: ({ place }) => {
            asked.push(place);
            return 'clear';
          },
        },
      },
    ],
  });
  assert.equal(await runner.finalContent(), 'Sun in Airolo, rain in Göschenen.');
  assert.deepEqual(asked, ['Airolo', 'Göschenen']);
});

test('structured output is parsed', async () => {
  const upstream = new Upstream();
  const request = {
    model: 'structured',
    messages: upstream.said(),
    response_format: zodResponseFormat(Pass, 'pass'),
  };
  const expected = { name: 'Gotthard', height: 2106, open: true, villages: ['Airolo', 'Göschenen'] };
  const answer = await client().chat.completions.parse(request);
  assert.deepEqual(answer.choices[0].message.parsed, expected);
  const wanted = (await upstream.question()).response_format;
  assert.equal(wanted.json_schema.name, 'pass');
  assert.deepEqual(wanted, JSON.parse(JSON.stringify(request.response_format)));
  const streamed = await client().chat.completions.stream(request).finalChatCompletion();
  assert.deepEqual(streamed.choices[0].message.parsed, expected);
});

test('a refusal is told apart from an answer', async () => {
  const upstream = new Upstream();
  const request = {
    model: 'refusal',
    messages: upstream.said(),
    response_format: zodResponseFormat(Pass, 'pass'),
  };
  const answer = await client().chat.completions.parse(request);
  assert.equal(answer.choices[0].message.parsed, null);
  assert.equal(answer.choices[0].message.refusal, "I can't help with closing the tunnel.");
  const streamed = await client().chat.completions.stream(request).finalChatCompletion();
  assert.equal(streamed.choices[0].message.refusal, "I can't help with closing the tunnel.");
});

test('two choices with logprobs', async () => {
  const upstream = new Upstream();
  const request = { model: 'choices', messages: upstream.said(), n: 2, logprobs: true, top_logprobs: 2 };
  const answer = await client().chat.completions.create(request);
  assert.deepEqual(
    answer.choices.map((choice) => choice.message.content),
    ['Yes', 'No'],
  );
  assert.deepEqual(answer.choices[0].logprobs.content[0].top_logprobs[1].bytes, [78, 111]);
  const streamed = await client().chat.completions.stream(request).finalChatCompletion();
  assert.equal(streamed.choices[1].message.content, 'No');
  assert.equal(streamed.choices[1].logprobs.content[0].logprob, -1.32);
});

test('an image part reaches the upstream', async () => {
  const upstream = new Upstream();
  const content = [
    { type: 'text', text: `What is this? ${upstream.marker}` },
    { type: 'image_url', image_url: { url: PIXEL, detail: 'low' } },
  ];
  const answer = await client().chat.completions.create({
    model: 'vision',
    messages: [{ role: 'user', content }],
  });
  assert.equal(answer.choices[0].message.content, 'A single red pixel.');
  assert.equal(answer.usage.prompt_tokens_details.image_tokens, 258);
  assert.deepEqual((await upstream.question()).messages[0].content, content);
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
