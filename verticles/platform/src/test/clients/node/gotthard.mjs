// What the tests share: a client of the gateway, and a look at what the upstream behind it was asked.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import OpenAI from 'openai';

export const KEY = process.env.GOTTHARD_KEY;
export const AWKWARD = 'swiss-ai/hello:latest';

// A client that never tries again, so that one call is one request.
export function client(options = {}) {
  return new OpenAI({
    baseURL: `${process.env.GOTTHARD_URL}/v1`,
    apiKey: KEY,
    maxRetries: 0,
    timeout: 30_000,
    ...options,
  });
}

// The requests of one test are told from all others by a marker in their body.
export class Upstream {
  marker = `marker-${randomUUID()}`;

  said() {
    return [{ role: 'user', content: this.marker }];
  }

  // What the upstream was asked with the marker; waits until that satisfies.
  async asked(satisfied = (found) => found.length > 0) {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const answer = await fetch(`${process.env.UPSTREAM_URL}/asked?marker=${this.marker}`);
      const found = await answer.json();
      if (satisfied(found)) return found;
      assert.ok(Date.now() < deadline, `the upstream was asked only this: ${JSON.stringify(found)}`);
      await pause(20);
    }
  }

  async question() {
    const found = await this.asked();
    assert.equal(found.length, 1);
    return found[0].body;
  }

  // Waits until the upstream saw its connection closed before it had said all.
  abandoned() {
    return this.asked((found) => found.length === 1 && found[0].end === 'abandoned');
  }
}

export async function collect(stream) {
  const all = [];
  for await (const one of stream) all.push(one);
  return all;
}

export function text(chunks) {
  return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
}
