// Tools, structured output, choices and images, with the helpers of OpenAI's own SDK.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { client, Upstream } from './gotthard.mjs';

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
