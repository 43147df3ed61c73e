// The SwissAI dialect: the SDK, and plain fetch, as that API's users write it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { client, collect, KEY, text, Upstream } from './gotthard.mjs';

const WORDS = 'Grüezi from behind the pass. 🏔';
const MOUNT = '/api/v1/external';
const URL = `${process.env.GOTTHARD_URL}${MOUNT}`;

function external(options = {}) {
  return client({ baseURL: URL, ...options });
}

test('the SDK streams, and every chunk says the public name', async () => {
  const upstream = new Upstream();
  const chunks = await collect(
    await external().chat.completions.create({ model: 'swissai', messages: upstream.said(), stream: true }),
  );
  assert.equal(text(chunks), WORDS);
  for (const chunk of chunks) assert.equal(chunk.model, 'swissai');
  const last = chunks.at(-1).choices[0];
  assert.deepEqual([last.delta, last.finish_reason], [{}, 'stop']);
  const asked = await upstream.question();
  assert.deepEqual([asked.model, asked.temperature, asked.max_tokens], ['upstream/hello', 0.7, 4096]);
});

test('the SDK gets a whole answer', async () => {
  const upstream = new Upstream();
  const answer = await external().chat.completions.create({
    model: 'whatever',
    messages: upstream.said(),
    stream: false,
  });
  assert.equal(answer.model, 'swissai');
  assert.equal(answer.choices[0].message.content, WORDS);
});

test('the SDK lists the model of the key', async () => {
  assert.deepEqual(
    (await collect(external().models.list())).map((model) => model.id),
    ['swissai'],
  );
});

test('tools are called in streams', async () => {
  const other = client({ baseURL: `${process.env.PINGING_URL}${MOUNT}` });
  const stream = other.chat.completions.stream({
    model: 'swissai',
    messages: new Upstream().said(),
    tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
    tool_choice: 'auto',
  });
  const [choice] = (await stream.finalChatCompletion()).choices;
  assert.equal(choice.finish_reason, 'tool_calls');
  assert.equal(choice.message.tool_calls.length, 2);
});

test('fetch as it is documented', async () => {
  const upstream = new Upstream();
  const response = await fetch(`${URL}/chat/completions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ messages: upstream.said() }),
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  const decoder = new TextDecoder();
  let buffer = '';
  let words = '';
  let done = false;
  for await (const part of response.body) {
    buffer += decoder.decode(part, { stream: true });
    const lines = buffer.split('\n');
    buffer = lines.pop();
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      if (line === 'data: [DONE]') done = true;
      else words += JSON.parse(line.slice(6)).choices[0].delta.content ?? '';
    }
  }
  assert.equal(words, WORDS);
  assert.ok(done);
});

test('a wrong key is an authentication error', async () => {
  await assert.rejects(
    external({ apiKey: 'sk-souheng-wrong' }).chat.completions.create({
      model: 'swissai',
      messages: new Upstream().said(),
    }),
    OpenAI.AuthenticationError,
  );
});

test('what is out of range is a bad request that names it', async () => {
  await assert.rejects(
    external().chat.completions.create({ model: 'swissai', messages: new Upstream().said(), max_tokens: 128_001 }),
    (error) => error instanceof OpenAI.BadRequestError && error.param === 'max_tokens',
  );
});
