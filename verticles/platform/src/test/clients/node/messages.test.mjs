// Messages, with Anthropic's own SDK, of models that know nothing of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { Upstream } from './gotthard.mjs';

const WORDS = 'Grüezi from behind the pass. 🏔';
const WEATHER = {
  name: 'weather',
  description: 'The weather of a place',
  input_schema: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
};

// A client that never tries again, so that one call is one request.
function claude(options = {}) {
  return new Anthropic({
    baseURL: process.env.GOTTHARD_URL,
    apiKey: process.env.GOTTHARD_KEY,
    maxRetries: 0,
    timeout: 30_000,
    ...options,
  });
}

const ask = (model, upstream, more = {}) => ({ model, max_tokens: 100, messages: upstream.said(), ...more });

test('a message is answered', async () => {
  const upstream = new Upstream();
  const message = await claude().messages.create(ask('hello', upstream, { system: 'Be brief.' }));
  assert.equal(message.content[0].text, WORDS);
  assert.equal(message.stop_reason, 'end_turn');
  assert.equal(message.model, 'hello');
  assert.equal(message.usage.cache_read_input_tokens, 16);
  assert.ok(message._request_id);
  const asked = await upstream.question();
  assert.equal(asked.messages[0].content, 'Be brief.');
});

test('a stream is put together by the SDK', async () => {
  const stream = claude().messages.stream(ask('hello', new Upstream()));
  let text = '';
  stream.on('text', (piece) => (text += piece));
  const message = await stream.finalMessage();
  assert.equal(text, WORDS);
  assert.equal(message.stop_reason, 'end_turn');
  assert.equal(message.usage.output_tokens, 9);
});

test('events come in the order of Messages', async () => {
  const seen = [];
  for await (const event of await claude().messages.create(ask('hello', new Upstream(), { stream: true }))) {
    if (event.type !== seen.at(-1)) seen.push(event.type);
  }
  assert.deepEqual(
    seen.filter((type) => type !== 'ping'),
    [
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ],
  );
});

for (const stream of [false, true]) {
  test(`tools are called and their results understood, ${stream ? '' : 'not '}streaming`, async () => {
    const upstream = new Upstream();
    const call = async (messages) => {
      const request = { model: 'tools', max_tokens: 100, messages, tools: [WEATHER] };
      return stream ? claude().messages.stream(request).finalMessage() : claude().messages.create(request);
    };
    const messages = upstream.said();
    const first = await call(messages);
    assert.equal(first.stop_reason, 'tool_use');
    const uses = first.content.filter((block) => block.type === 'tool_use');
    assert.deepEqual(
      uses.map((use) => use.input.place),
      ['Airolo', 'Göschenen'],
    );
    const results = uses.map((use) => ({ type: 'tool_result', tool_use_id: use.id, content: 'clear' }));
    const last = await call([
      ...messages,
      { role: 'assistant', content: first.content },
      { role: 'user', content: results },
    ]);
    assert.equal(last.content[0].text, 'Sun in Airolo, rain in Göschenen.');
  });
}

test('thoughts are told in blocks of their own', async () => {
  const message = await claude().messages.stream(ask('vllm-reasoning', new Upstream())).finalMessage();
  assert.deepEqual(
    message.content.map((block) => block.type),
    ['thinking', 'text'],
  );
});

test('tokens are counted', async () => {
  const messages = [{ role: 'user', content: 'Hello' }];
  assert.equal((await claude().messages.countTokens({ model: 'hello', messages })).input_tokens, 8);
});

test('models are listed', async () => {
  const ids = [];
  for await (const model of claude().models.list()) ids.push(model.id);
  for (const id of ['hello', 'tools']) assert.ok(ids.includes(id), id);
});

const REFUSALS = [
  ['hello', Anthropic.AuthenticationError, 'authentication_error', { apiKey: 'sk-wrong' }],
  ['nobody', Anthropic.NotFoundError, 'not_found_error'],
  ['fault-400', Anthropic.BadRequestError, 'invalid_request_error'],
  ['fault-429', Anthropic.RateLimitError, 'rate_limit_error'],
  ['fault-500', Anthropic.InternalServerError, 'api_error'],
  ['fault-503', Anthropic.InternalServerError, 'overloaded_error'],
];
for (const [model, kind, type, options] of REFUSALS) {
  for (const stream of [false, true]) {
    test(`${type} is a ${kind.name}, ${stream ? '' : 'not '}streaming: ${model}`, async () => {
      await assert.rejects(claude(options).messages.create(ask(model, new Upstream(), { stream })), (error) => {
        assert.ok(error instanceof kind, error.stack);
        assert.equal(error.error.error.type, type);
        assert.ok(error.requestID);
        return true;
      });
    });
  }
}

test('what cannot be translated is refused by name', async () => {
  const tools = [{ type: 'web_search_20250305', name: 'web_search' }];
  await assert.rejects(claude().messages.create(ask('hello', new Upstream(), { tools })), /tools\[0\]\.type/);
});

for (const model of ['fault-mid-stream', 'fault-cut', 'fault-early-end']) {
  test(`a stream that breaks is an error and no message: ${model}`, async () => {
    await assert.rejects(
      claude().messages.stream(ask(model, new Upstream())).finalMessage(),
      Anthropic.APIError,
    );
  });
}

test('who leaves a stream takes the upstream along', async () => {
  const upstream = new Upstream();
  for await (const event of await claude().messages.create(
    ask('silent-after-first', upstream, { stream: true }),
  )) {
    if (event.type === 'content_block_delta') break;
  }
  await upstream.abandoned();
});

test('signs of life disturb nobody', async () => {
  const pinging = claude({ baseURL: process.env.PINGING_URL });
  const message = await pinging.messages.stream(ask('slow', new Upstream())).finalMessage();
  assert.equal(message.content[0].text, 'Slowly uphill.');
});
