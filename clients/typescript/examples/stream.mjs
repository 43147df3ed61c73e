// Counts, number by number, as a model writes its answer.
import {Worker} from "@gotthard/client";

const agent = {
  class: "Counter",
  description: "Counts to a number",
  inputSchema: {
    type: "object",
    properties: {to: {type: "integer", minimum: 1, maximum: 1000}},
    additionalProperties: false,
  },
  async handle(run) {
    const to = run.input.to ?? Number(/\d+/.exec(run.text)?.[0] ?? 3);
    await run.think(`I am to count to ${to}.`);
    await run.message(async (message) => {
      for (let number = 1; number <= to; number++) {
        await message.write(`${number} `);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
  },
};

const url = process.env.GOTTHARD_URL ?? "http://127.0.0.1:8080";
const worker = new Worker(agent, {url, key: process.env.GOTTHARD_KEY});
await worker.start();
process.on("SIGINT", () => worker.stop());
await worker.closed();
