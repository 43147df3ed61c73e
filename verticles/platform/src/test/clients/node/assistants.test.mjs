// An assistant is a model: a conversation with one, with OpenAI's own SDK. The model behind it does what it is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotFoundError, BadRequestError } from 'openai';
import { client, collect, text } from './gotthard.mjs';

const MODEL = 'Assistant/guide';
const CONVERSATION = [
  ['hello', 'You said: hello. Turn 1.'],
  ['weather Airolo', 'The tools said: {"place":"Airolo","sky":"clear"}'],
  ['shout gotthard', 'The tools said: GOTTHARD'],
  ['good', 'You said: good. Turn 4.'],
  ['weather Realp', 'The tools said: {"place":"Realp","sky":"clear"}'],
  ['think twice', 'twice'],
  ['shout furka', 'The tools said: FURKA'],
  ['fine', 'You said: fine. Turn 8.'],
  ['both pass', 'The tools said: {"place":"pass","sky":"clear"}, PASS'],
  ['bye', 'You said: bye. Turn 10.'],
];
const MINE = {
  type: 'function',
  function: {
    name: 'mine',
    description: 'A function of the caller',
    parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  },
};

function said(content) {
  return [{ role: 'user', content }];
}

test('ten turns in a thread', async () => {
  let thread;
  for (const [turn, [question, answer]] of CONVERSATION.entries()) {
    const request = { model: MODEL, messages: said(question), stream: turn % 2 === 1 };
    if (thread) request.metadata = { thread_id: thread };
    const { data, response } = await client().chat.completions.create(request).withResponse();
    thread ??= response.headers.get('x-gotthard-thread');
    assert.equal(response.headers.get('x-gotthard-thread'), thread);
    assert.match(response.headers.get('x-gotthard-run'), /^run_/);
    if (turn % 2) {
      const chunks = await collect(data);
      assert.equal(text(chunks), answer);
      assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
    } else {
      assert.equal(data.choices[0].message.content, answer);
    }
  }
});

test('the helper for streams puts the answer together', async () => {
  const stream = client().chat.completions.stream({ model: MODEL, messages: said('weather Airolo') });
  const whole = await stream.finalChatCompletion();
  assert.equal(whole.choices[0].message.content, 'The tools said: {"place":"Airolo","sky":"clear"}');
  assert.equal(whole.choices[0].finish_reason, 'stop');
});

test('the helper for tools runs the functions of the caller', async () => {
  const runner = client().chat.completions.runTools({
    model: MODEL,
    messages: said('mine 5'),
    tools: [{ type: 'function', function: { ...MINE.function, parse: JSON.parse, function: ({ text }) => `got ${text}` } }],
  });
  assert.equal(await runner.finalContent(), 'The tools said: got 5');
});

test('the same as a stream', async () => {
  const runner = client().chat.completions.runTools({
    model: MODEL,
    stream: true,
    messages: said('mine 6'),
    tools: [{ type: 'function', function: { ...MINE.function, parse: JSON.parse, function: ({ text }) => `got ${text}` } }],
  });
  assert.equal(await runner.finalContent(), 'The tools said: got 6');
});

test('it is listed', async () => {
  const ids = (await collect(client().models.list())).map((model) => model.id);
  assert.ok(ids.includes(MODEL));
  assert.equal((await client().models.retrieve(MODEL)).id, MODEL);
});

test('an unknown assistant is an unknown model', async () => {
  const asked = client().chat.completions.create({ model: 'Assistant/nobody', messages: said('x') });
  await assert.rejects(asked, (error) => error instanceof NotFoundError && error.code === 'model_not_found');
});

test('a run that fails before its first word is an error with a status', async () => {
  for (const stream of [false, true]) {
    const asked = client().chat.completions.create({ model: MODEL, messages: said('break'), stream });
    await assert.rejects(asked, (error) => error instanceof BadRequestError && error.code === 'context_length_exceeded');
  }
});

test('a client that leaves lets the model go', async () => {
  const stream = await client().chat.completions.create({ model: MODEL, messages: said('wait'), stream: true });
  for await (const chunk of stream) {
    if (chunk.choices[0].delta.content) break;
  }
  stream.controller.abort();
});
