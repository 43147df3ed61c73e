// Orders lunch: it asks a person twice, and calls a tool in between. It may be stopped and started while the person thinks.
import {Worker} from "@gotthard/client";

const prices = {soup: "6", salad: "8"};

const agent = {
  class: "Lunch",
  description: "Orders lunch for you",
  async handle(run) {
    const dish = await run.choose("What would you like?", ["soup", "salad", "risotto"]);
    const cost = await run.tool("price", {dish}, async () => prices[dish] ?? "12");
    return (await run.confirm(`One ${dish} is ${cost} francs. Shall I order it?`))
      ? `Your ${dish} is on its way.`
      : "Then not.";
  },
};

const url = process.env.GOTTHARD_URL ?? "http://127.0.0.1:8080";
const worker = new Worker(agent, {url, key: process.env.GOTTHARD_KEY});
await worker.start();
process.on("SIGINT", () => worker.stop());
await worker.closed();
