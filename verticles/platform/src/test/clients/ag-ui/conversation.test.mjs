// AG-UI's own client, unmodified: it checks each event against the protocol's schemas, and their order.
import {HttpAgent, buildResumeArray} from '@ag-ui/client';
import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {test} from 'node:test';

const url = process.env.GOTTHARD_URL;
const headers = {authorization: `Bearer ${process.env.GOTTHARD_KEY}`};
const mine = {name: 'mine', description: 'Digs.', parameters: {type: 'object', properties: {text: {type: 'string'}}}};
const weather = {...mine, name: 'weather'};
const shout = {...mine, name: 'shout'};

// What the client did not understand and took away is told as a warning.
const warnings = [];
console.warn = (...words) => warnings.push(words.join(' '));

async function ask(path, method = 'GET') {
  const answer = await fetch(url + path, {method, headers});
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}

// A front end: the events of its last run, and what the platform calls its thread and run.
class FrontEnd {
  constructor(assistant, options = {}) {
    this.agent = new HttpAgent({url: `${url}/api/v1/agents/Assistant/${assistant}/ag-ui`, headers, ...options});
  }

  async run(parameters = {}) {
    this.events = [];
    await this.agent.runAgent(parameters, {
      onEvent: ({event}) => {
        this.events.push(event);
        this.onEvent?.(event);
      },
    });
    this.ours = this.events.find((event) => event.name === 'gotthard.run')?.value;
    return this.events.at(-1);
  }

  say(content, parameters) {
    this.agent.addMessage({id: randomUUID(), role: 'user', content});
    return this.run(parameters);
  }

  give(toolCallId, content) {
    this.agent.addMessage({id: randomUUID(), role: 'tool', toolCallId, content});
  }

  get last() {
    return this.agent.messages.at(-1);
  }

  roles() {
    return this.agent.messages.map((message) => message.role);
  }

  // Begins a run that has no end by itself, and leaves when its first words are there.
  async leave() {
    this.onEvent = (event) => event.type === 'TEXT_MESSAGE_CONTENT' && this.agent.abortRun();
    await this.say('wait here').catch((error) => error);
    this.onEvent = undefined;
    this.ours = this.events.find((event) => event.name === 'gotthard.run').value;
  }

  async status() {
    return (await ask(`/api/v1/runs/${this.ours.run_id}`)).status;
  }

  async ends() {
    return (await ask(`/api/v1/runs/${this.ours.run_id}/wait?timeout=60`, 'POST')).status;
  }
}

test('an answer is told, and what is said later is said in the same thread', async () => {
  const front = new FrontEnd('plain');
  const end = await front.say('Hello');
  assert.equal(end.type, 'RUN_FINISHED');
  assert.equal(end.outcome.type, 'success');
  assert.equal(front.events[0].type, 'RUN_STARTED');
  assert.equal(front.events[0].threadId, front.agent.threadId);
  assert.equal(front.last.content, 'You said: Hello. Turn 1.');
  const thread = front.ours.thread_id;
  await front.say('Again');
  assert.equal(front.last.content, 'You said: Again. Turn 2.');
  assert.equal(front.ours.thread_id, thread);
  assert.deepEqual(front.roles(), ['user', 'assistant', 'user', 'assistant']);
  assert.equal((await ask(`/api/v1/threads/${thread}`)).title, 'Hello');
  const again = new FrontEnd('plain', {threadId: thread});
  await again.say('By our name');
  assert.equal(again.last.content, 'You said: By our name. Turn 3.');
});

test('a front end whose thread was deleted goes on in a new one, with all that was said', async () => {
  const front = new FrontEnd('plain');
  await front.say('One');
  const gone = front.ours.thread_id;
  await fetch(`${url}/api/v1/threads/${gone}`, {method: 'DELETE', headers});
  await front.say('Two');
  assert.notEqual(front.ours.thread_id, gone);
  assert.equal(front.last.content, 'You said: Two. Turn 2.');
});

test('a tool of the assistant is shown with its arguments and what came of it', async () => {
  const front = new FrontEnd('guide');
  await front.say('weather Airolo');
  assert.deepEqual(front.roles(), ['user', 'assistant', 'tool', 'assistant']);
  const [, called, result, last] = front.agent.messages;
  assert.equal(called.toolCalls.length, 1);
  assert.deepEqual(JSON.parse(called.toolCalls[0].function.arguments), {text: 'Airolo'});
  assert.equal(result.toolCallId, called.toolCalls[0].id);
  assert.match(last.content, /^The tools said: /);
});

test('what a function of the front end gives back goes into the run that waits for it', async () => {
  const front = new FrontEnd('guide');
  const waits = await front.say('mine 5', {tools: [mine]});
  const call = front.last.toolCalls[0];
  assert.equal(waits.type, 'RUN_FINISHED');
  assert.deepEqual(waits.outcome, {type: 'success', pendingToolCallIds: [call.id]});
  const {run_id: run} = front.ours;
  assert.equal(await front.status(), 'requires_action');
  front.give(call.id, 'gold');
  await front.run({tools: [mine]});
  assert.equal(front.last.content, 'The tools said: gold');
  assert.equal(front.ours.run_id, run);
  assert.equal(await front.status(), 'completed');
  assert.deepEqual(front.roles(), ['user', 'assistant', 'tool', 'assistant']);
  assert.equal((await ask(`/api/v1/threads/${front.ours.thread_id}/runs`)).data.length, 1);
  await assert.rejects(front.run({tools: [mine]}), /400/);
});

test('a run waits until the front end has given all, and says what is missing', async () => {
  const front = new FrontEnd('plain');
  const tools = [weather, shout];
  const waits = await front.say('both x', {tools});
  const [one, two] = front.last.toolCalls.map((call) => call.id);
  assert.deepEqual(waits.outcome.pendingToolCallIds.toSorted(), [one, two].toSorted());
  front.give(one, 'snow');
  const still = await front.run({tools});
  assert.deepEqual(still.outcome.pendingToolCallIds, [two]);
  front.give(two, 'ECHO');
  await front.run({tools});
  assert.equal(front.last.content, 'The tools said: snow, ECHO');
  assert.equal((await ask(`/api/v1/threads/${front.ours.thread_id}/runs`)).data.length, 1);
});

test('who says something else instead of giving what a run waits for is answered', async () => {
  const front = new FrontEnd('guide');
  await front.say('mine 5', {tools: [mine]});
  const waited = front.ours.run_id;
  await front.say('Never mind');
  assert.match(front.last.content, /^You said: Never mind/);
  assert.equal((await ask(`/api/v1/runs/${waited}`)).status, 'cancelled');
});

test('what is given and said together reaches the model together', async () => {
  const front = new FrontEnd('guide');
  await front.say('mine 5', {tools: [mine]});
  front.give(front.last.toolCalls[0].id, 'gold');
  await front.say('And now?', {tools: [mine]});
  assert.equal(front.last.content, 'You said: And now?. Turn 2.');
  const events = await ask(`/api/v1/threads/${front.ours.thread_id}/events?types=tool.returned`);
  assert.deepEqual(events.data.map((event) => event.data.content), ['gold']);
});

test('a question to a person is an interrupt, and its answer lets the run go on', async () => {
  const front = new FrontEnd('careful');
  const asks = await front.say('ask Which pass?');
  assert.equal(asks.outcome.type, 'interrupt');
  const [interrupt] = front.agent.pendingInterrupts;
  assert.equal(interrupt.message, 'Which pass?');
  assert.equal(interrupt.reason, 'input');
  assert.deepEqual(interrupt.responseSchema, {type: 'string'});
  const run = front.ours.run_id;
  const answer = {[interrupt.id]: {status: 'resolved', payload: 'The Furka'}};
  await front.run({resume: buildResumeArray([interrupt], answer)});
  assert.equal(front.last.content, 'The tools said: The Furka');
  assert.equal(front.ours.run_id, run);
  await assert.rejects(front.run({resume: buildResumeArray([interrupt], answer)}), /409/);
});

test('a tool that needs approval is called after a yes and not after a no', async () => {
  for (const [response, said] of [
    [{status: 'resolved', payload: true}, /Airolo/],
    [{status: 'resolved', payload: {approved: false, comment: 'Too cold.'}}, /did not allow.*Too cold/],
    [{status: 'cancelled'}, /did not allow/],
  ]) {
    const front = new FrontEnd('careful');
    await front.say('weather Airolo');
    const [interrupt] = front.agent.pendingInterrupts;
    assert.equal(interrupt.reason, 'approval');
    assert.equal(interrupt.toolCallId, front.last.toolCalls[0].id);
    await front.run({resume: buildResumeArray([interrupt], {[interrupt.id]: response})});
    assert.match(front.last.content, said);
    assert.deepEqual(front.roles(), ['user', 'assistant', 'tool', 'assistant']);
  }
});

test('who does not want to answer cancels the run', async () => {
  const front = new FrontEnd('careful');
  await front.say('ask Why?');
  const [interrupt] = front.agent.pendingInterrupts;
  const end = await front.run({resume: [{interruptId: interrupt.id, status: 'cancelled'}]});
  assert.deepEqual(end.outcome, {type: 'cancelled'});
  assert.equal(await front.status(), 'cancelled');
});

test('an interrupt of another thread is none', async () => {
  const asked = new FrontEnd('careful');
  await asked.say('ask Who?');
  const other = new FrontEnd('careful');
  await other.say('Hello');
  const resume = [{interruptId: asked.agent.pendingInterrupts[0].id, status: 'resolved', payload: 'me'}];
  await assert.rejects(other.run({resume}), /404/);
  assert.equal(await asked.status(), 'requires_action');
});

test('a run that fails ends with its error, and the next one is as usual', async () => {
  const front = new FrontEnd('plain');
  const end = await front.say('break');
  assert.equal(end.type, 'RUN_ERROR');
  assert.equal(end.code, 'context_length_exceeded');
  await front.say('Hello');
  assert.match(front.last.content, /^You said: Hello/);
});

test('a text is told while it is written, and a run whose front end goes away is cancelled', async () => {
  const front = new FrontEnd('plain');
  await front.leave();
  assert.equal(await front.ends(), 'cancelled');
  await front.say('Hello');
  assert.match(front.last.content, /^You said: Hello/);
});

test('a run in a thread that is called as we do goes on without its front end', async () => {
  const answer = await fetch(`${url}/api/v1/threads`, {
    method: 'POST',
    headers: {...headers, 'content-type': 'application/json'},
    body: '{}',
  });
  const front = new FrontEnd('plain', {threadId: (await answer.json()).id});
  await front.leave();
  // By the time that a later one is cancelled, this one would be.
  const later = new FrontEnd('plain');
  await later.leave();
  assert.equal(await later.ends(), 'cancelled');
  assert.equal(await front.status(), 'in_progress');
  await ask(`/api/v1/runs/${front.ours.run_id}/cancel`, 'POST');
});

test('thoughts are reasoning', async () => {
  const front = new FrontEnd('plain');
  await front.say('think Hello');
  assert.deepEqual(front.roles(), ['user', 'reasoning', 'assistant']);
  assert.equal(front.agent.messages[1].content, 'Let me think.');
  assert.equal(front.last.content, 'Hello');
  await front.say('And now');
  assert.match(front.last.content, /^You said: And now/);
});

test('pictures and what the application tells reach the thread', async () => {
  const front = new FrontEnd('plain');
  const picture = {type: 'image', source: {type: 'data', value: 'iVBORw0KGgo=', mimeType: 'image/png'}};
  const context = [{description: 'The page', value: 'about passes'}];
  await front.say([{type: 'text', text: 'See'}, picture], {context, forwardedProps: {colour: 'red'}});
  assert.equal(front.last.content, 'You said: See. Turn 1.');
  const events = (await ask(`/api/v1/threads/${front.ours.thread_id}/events?types=message.created,run.created`)).data;
  assert.deepEqual(events.find((event) => event.type === 'run.created').data.input, {colour: 'red'});
  assert.match(events.find((event) => event.data.role === 'system').data.content, /The page: about passes/);
  const {content} = events.find((event) => event.data.role === 'user').data;
  assert.equal(content[1].image_url.url, 'data:image/png;base64,iVBORw0KGgo=');
});

test('what can not be done is refused by name', async () => {
  const stateful = new FrontEnd('plain', {initialState: {count: 1}});
  await assert.rejects(stateful.say('Hello'), (error) => {
    assert.equal(error.status, 400);
    assert.equal(error.payload.error.param, 'state');
    return true;
  });
  const video = {type: 'video', source: {type: 'url', value: 'https://example.org/a.mp4'}};
  await assert.rejects(new FrontEnd('plain').say([video]), (error) => {
    assert.equal(error.payload.error.param, 'messages[0].content[0]');
    return true;
  });
  const before = (await ask('/api/v1/threads?limit=200')).data.length;
  await assert.rejects(new FrontEnd('nobody').say('Hello'), (error) => error.status === 404);
  assert.equal((await ask('/api/v1/threads?limit=200')).data.length, before);
});

test('the client understood everything', () => {
  assert.deepEqual(warnings, []);
});
