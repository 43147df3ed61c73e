// Agents and readers in JavaScript, with a running platform.
import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {once} from "node:events";
import {test} from "node:test";
import {fileURLToPath} from "node:url";
import {AgentError, GotthardClient, Refused, Worker} from "../dist/index.js";

const url = process.env.GOTTHARD_URL;
const key = process.env.GOTTHARD_KEY;
const quiet = () => undefined;

async function ask(method, path, body) {
  const headers = {authorization: `Bearer ${key}`, ...(body === undefined ? {} : {"content-type": "application/json"})};
  const answer = await fetch(url + path, {method, headers, body: body === undefined ? null : JSON.stringify(body)});
  const json = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(json));
  return json;
}

const begin = (agent, input = {}) => ask("POST", `/api/v1/agents/${agent}/default/runs`, input);
const waited = (run) => ask("POST", `/api/v1/runs/${run.id}/wait?timeout=20`);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function events(run) {
  const page = await ask("GET", `/api/v1/threads/${run.thread_id}/events?limit=200`);
  return page.data.filter((event) => event.run_id === run.id);
}

async function serving(agent, work) {
  const worker = new Worker(agent, {url, key, log: quiet});
  await worker.start();
  try {
    await work(worker);
  } finally {
    await worker.stop();
  }
}

const counting = (name) => ({
  class: name,
  async handle(run) {
    await run.message(async (message) => {
      for (let number = 0; number < 60; number++) {
        await message.write(`${number} `);
        await sleep(10);
      }
    });
  },
});

test("an agent is a model", async () => {
  const agent = {class: "JsEcho", handle: async (run) => `You said: ${run.text}`};
  await serving(agent, async () => {
    const models = await ask("GET", "/v1/models");
    assert.ok(models.data.some((model) => model.id === "JsEcho/default"));
    const body = {model: "JsEcho/default", messages: [{role: "user", content: "Hello"}]};
    const answer = await ask("POST", "/v1/chat/completions", body);
    assert.equal(answer.choices[0].message.content, "You said: Hello");
  });
});

test("the example streams", async () => {
  const example = fileURLToPath(new URL("../examples/stream.mjs", import.meta.url));
  const child = spawn(process.execPath, [example], {env: {...process.env, GOTTHARD_URL: url, GOTTHARD_KEY: key}});
  try {
    for (let there = false; !there; await sleep(50)) {
      there = (await ask("GET", "/v1/models")).data.some((model) => model.id === "Counter/default");
    }
    const run = await begin("Counter", {to: 3});
    assert.equal((await waited(run)).output.content, "1 2 3 ");
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

test("an agent asks a person and its tool is called once", async () => {
  let called = 0;
  const agent = {
    class: "JsLunch",
    async handle(run) {
      const dish = await run.choose("What?", ["soup", "salad"]);
      const cost = await run.tool("price", {dish}, async () => String(++called));
      return (await run.confirm(`One ${dish} for ${cost}?`)) ? "On its way." : "Then not.";
    },
  };
  await serving(agent, async () => {
    const run = await begin("JsLunch");
    for (const answer of ["soup", true]) {
      assert.equal((await waited(run)).status, "requires_action");
      const asked = (await events(run)).filter((event) => event.type === "input.requested").at(-1);
      await ask("POST", `/api/v1/tasks/${asked.data.task_id}/answer`, {answer});
    }
    assert.equal((await waited(run)).output.content, "On its way.");
    assert.equal(called, 1);
  });
});

test("a lost connection of a worker is found again, and nothing is lost or doubled", async () => {
  await serving(counting("JsPatient"), async (worker) => {
    const run = await begin("JsPatient");
    for (let times = 0; times < 2; times++) {
      await sleep(200);
      worker.drop();
    }
    const done = await waited(run);
    assert.deepEqual([done.status, done.attempt], ["completed", 1]);
    const chunks = (await events(run)).filter((event) => event.type === "chunk.added").map((event) => event.data.text);
    assert.deepEqual(chunks, Array.from({length: 60}, (_, number) => `${number} `));
  });
});

test("a reader that loses its connection sees each event once and in order", async () => {
  await serving(counting("JsTalker"), async () => {
    const run = await begin("JsTalker");
    const client = new GotthardClient({url, token: key});
    const seen = [];
    for await (const event of client.events({thread: run.thread_id})) {
      seen.push(event);
      if (seen.length % 15 === 0) {
        client.drop();
      }
      if (event.type === "run.stopped") {
        break;
      }
    }
    client.close();
    assert.deepEqual(seen.map((event) => event.seq), seen.map((_, index) => index + 1));
    assert.equal(seen.filter((event) => event.type === "chunk.added").length, 60);
  });
});

test("a reader goes on behind the place that it names, with the types that it wants", async () => {
  const agent = {class: "JsShort", handle: async () => "Done."};
  await serving(agent, async () => {
    const run = await begin("JsShort");
    await waited(run);
    const all = await events(run);
    const after = all.find((event) => event.type === "run.started").seq;
    const client = new GotthardClient({url, token: key});
    const seen = [];
    for await (const event of client.events({thread: run.thread_id, after, types: ["run.*"]})) {
      seen.push(event.type);
      if (event.type === "run.stopped") {
        break;
      }
    }
    client.close();
    assert.deepEqual(seen, ["run.stopped"]);
  });
});

test("who began a run is told that it has ended, and after a loss of the connection that something was missed", async () => {
  const agent = {class: "JsTold", handle: async () => "Done."};
  await serving(agent, async () => {
    const client = new GotthardClient({url, token: key});
    const told = [];
    let wake = quiet;
    const until = async (found) => {
      while (!told.some(found)) {
        await new Promise((resolve) => (wake = resolve));
      }
    };
    const notifications = client.notifications((notification) => (told.push(notification), wake()));
    const run = await client.createRun((await ask("POST", "/api/v1/threads", {})).id, {agent: "JsTold/default"});
    await until((one) => one.type === "run.ended" && one.run_id === run.id && one.status === "completed");
    told.length = 0;
    client.drop();
    await until((one) => one.type === "missed");
    notifications.close();
    await notifications.ended;
    client.close();
  });
});

test("a reader of a run names no thread, and is done when the run is", async () => {
  await serving(counting("JsBrief"), async () => {
    const run = await begin("JsBrief");
    const client = new GotthardClient({url, token: key});
    const seen = [];
    for await (const event of client.events({run: run.id})) {
      seen.push(event);
      if (seen.length % 25 === 0) {
        client.drop();
      }
    }
    const all = await events(run);
    assert.deepEqual(seen.map((event) => event.seq), all.map((event) => event.seq));
    const late = client.subscribe({run: run.id, after: all.at(-1).seq}, () => assert.fail("There is nothing left."));
    await late.ended;
    const none = client.subscribe({run: "run_aaaaaaaaaaaaaaaaaaaaaaaa"}, quiet);
    await assert.rejects(none.ended, Refused);
    client.close();
  });
});

test("a large message arrives whole, and one that is too large ends its run and nothing else", async () => {
  const text = 'say "\u{1F600}" \n'.repeat(10_000);
  const agent = {class: "JsWordy", handle: async (run) => (run.input.much ? text.repeat(4) : text)};
  await serving(agent, async () => {
    const much = await waited(await begin("JsWordy", {much: true}));
    assert.deepEqual([much.status, much.error.code], ["failed", "invalid_event"]);
    const run = await begin("JsWordy");
    const done = await waited(run);
    assert.deepEqual([done.status, done.attempt, done.output.content], ["completed", 1, text]);
  });
});

test("commands are done over the socket, and a cancel reaches the worker", async () => {
  const agent = {
    class: "JsEndless",
    handle: (run) => new Promise((_, reject) => run.signal.addEventListener("abort", () => reject(run.signal.reason))),
  };
  await serving(agent, async () => {
    const run = await begin("JsEndless");
    const client = new GotthardClient({url, token: key});
    await client.cancelRun(run.id);
    assert.equal((await waited(run)).status, "cancelled");
    client.close();
  });
});

test("a thread that is not there, and a wrong key, are refused", async () => {
  const client = new GotthardClient({url, token: key});
  const none = client.subscribe({thread: "thr_aaaaaaaaaaaaaaaaaaaaaaaa"}, quiet);
  await assert.rejects(none.ended, Refused);
  client.close();
  const stranger = new GotthardClient({url, token: "sk-gotthard-wrong"});
  await assert.rejects(stranger.subscribe({thread: "thr_aaaaaaaaaaaaaaaaaaaaaaaa"}, quiet).ended, Refused);
  const worker = new Worker({class: "JsNone", handle: async () => "x"}, {url, key: "sk-gotthard-wrong", log: quiet});
  await assert.rejects(worker.start(), Refused);
});

test("an agent's own error is told and any other is not", async () => {
  const agent = {
    class: "JsFailing",
    handle: async (run) => {
      throw run.input.own ? new AgentError("There is no soup.", "no_soup") : new Error("the password is 1234");
    },
  };
  await serving(agent, async () => {
    const own = await waited(await begin("JsFailing", {own: true}));
    assert.deepEqual(own.error, {code: "no_soup", message: "There is no soup."});
    assert.deepEqual((await waited(await begin("JsFailing"))).error, {code: "agent_error", message: "The agent failed."});
  });
});
