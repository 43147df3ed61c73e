// What fails raises the exception an SDK's user expects, and costs the upstream nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { client, collect, Upstream } from './gotthard.mjs';

function ask(model, upstream, more = {}, options = {}) {
  return client(options).chat.completions.create({ model, messages: upstream.said(), ...more });
}

async function caught(kind, call) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof kind, `${error.constructor.name} instead of ${kind.name}: ${error.message}`);
    return error;
  }
  return assert.fail(`${kind.name} was not thrown`);
}

function isComplete(error) {
  assert.deepEqual(Object.keys(error.error).sort(), ['code', 'message', 'param', 'type']);
  assert.ok(error.requestID);
}

test('a wrong key is an authentication error', async () => {
  const upstream = new Upstream();
  const error = await caught(OpenAI.AuthenticationError, () =>
    ask('hello', upstream, {}, { apiKey: 'sk-wrong' }),
  );
  isComplete(error);
  assert.equal(error.code, 'invalid_api_key');
});

test('an unknown model is a not found error', async () => {
  const error = await caught(OpenAI.NotFoundError, () => ask('swiss-ai/nobody:1b', new Upstream()));
  isComplete(error);
  assert.equal(error.code, 'model_not_found');
  await caught(OpenAI.NotFoundError, () => client().models.retrieve('swiss-ai/nobody:1b'));
});

test('an unknown path is a not found error', async () => {
  isComplete(await caught(OpenAI.NotFoundError, () => client().get('/nowhere')));
});

test('a request without messages is a bad request that names them', async () => {
  const error = await caught(OpenAI.BadRequestError, () =>
    client().chat.completions.create({ model: 'hello' }),
  );
  isComplete(error);
  assert.equal(error.param, 'messages');
});

const REFUSALS = [
  [400, OpenAI.BadRequestError],
  [409, OpenAI.ConflictError],
  [422, OpenAI.UnprocessableEntityError],
  [429, OpenAI.RateLimitError],
  [500, OpenAI.InternalServerError],
  [503, OpenAI.InternalServerError],
];
for (const [status, kind] of REFUSALS) {
  for (const stream of [false, true]) {
    test(`an upstream's ${status} is a ${kind.name}, ${stream ? 'streaming' : 'not streaming'}`, async () => {
      isComplete(await caught(kind, () => ask(`fault-${status}`, new Upstream(), { stream })));
    });
  }
}

for (const status of [401, 403, 404]) {
  test(`an upstream's ${status} is not blamed on the client`, async () => {
    const error = await caught(OpenAI.InternalServerError, () => ask(`fault-${status}`, new Upstream()));
    isComplete(error);
    assert.ok(!error.message.includes('up-se'));
  });
}

for (const model of ['fault-html', 'fault-html-502', 'fault-half-json', 'fault-cut']) {
  test(`an unusable answer is a server error: ${model}`, async () => {
    isComplete(await caught(OpenAI.InternalServerError, () => ask(model, new Upstream())));
  });
}

test('a rate limit says when to come back', async () => {
  const error = await caught(OpenAI.RateLimitError, () => ask('fault-429', new Upstream()));
  assert.equal(error.headers.get('retry-after'), '1');
  assert.equal(error.code, 'rate_limit_exceeded');
});

test('the SDK tries three times and so often the upstream is asked', async () => {
  const upstream = new Upstream();
  await caught(OpenAI.InternalServerError, () => ask('fault-500', upstream, {}, { maxRetries: 2 }));
  assert.equal((await upstream.asked((found) => found.length >= 3)).length, 3);
});

test('what will not get better is asked once', async () => {
  const upstream = new Upstream();
  await caught(OpenAI.BadRequestError, () => ask('fault-400', upstream, {}, { maxRetries: 2 }));
  assert.equal((await upstream.asked()).length, 1);
});

test('an upstream that recovers is answered for at the second try', async () => {
  const upstream = new Upstream();
  const answer = await ask('flaky', upstream, {}, { maxRetries: 2 });
  assert.equal(answer.choices[0].finish_reason, 'stop');
  assert.equal((await upstream.asked()).length, 2);
});

for (const stream of [false, true]) {
  test(`a client's timeout closes the upstream's connection, ${stream ? '' : 'not '}streaming`, async () => {
    const upstream = new Upstream();
    const call = async () => {
      const answer = await ask('silent', upstream, { stream }, { timeout: 2000 });
      if (stream) await collect(answer);
    };
    await caught(OpenAI.APIConnectionTimeoutError, call);
    await upstream.abandoned();
  });
}

for (const model of ['endless', 'silent-after-first']) {
  test(`a client that leaves a stream closes the upstream's connection: ${model}`, async () => {
    const upstream = new Upstream();
    const stream = await ask(model, upstream, { stream: true });
    let chunks = 0;
    for await (const chunk of stream) {
      assert.equal(chunk.choices.length, 1);
      chunks += 1;
      if (chunks === 2) break;
    }
    await upstream.abandoned();
  });
}

test('an abort while waiting closes the upstream’s connection', async () => {
  const upstream = new Upstream();
  const abort = new AbortController();
  const call = client().chat.completions.create(
    { model: 'silent', messages: upstream.said() },
    { signal: abort.signal },
  );
  await Promise.all([
    caught(OpenAI.APIUserAbortError, () => call),
    upstream.asked().then(() => abort.abort()),
  ]);
  await upstream.abandoned();
});

for (const model of ['fault-mid-stream', 'fault-cut', 'fault-early-end']) {
  test(`a stream that breaks raises after what came before: ${model}`, async () => {
    const words = [];
    await caught(OpenAI.APIError, async () => {
      for await (const chunk of await ask(model, new Upstream(), { stream: true })) {
        words.push(chunk.choices[0].delta.content);
      }
    });
    assert.equal(words.length, 2);
  });
}
