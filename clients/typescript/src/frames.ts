import type {Outbox} from "./outbox.js";
import {sleep, type Connection, type Json} from "./socket.js";

/** So many milliseconds are between two frames: the platform takes so many a second, and each may have many events. */
export const PAUSE = 50;

/** So many characters of events are in a frame, or one event. */
const LARGEST_FRAME = 48_000;

/** A frame of more characters is sent in parts, */
const LARGEST_WHOLE = 60_000;

/** each of so many characters, of which some are escaped twice. */
const PART = 30_000;

/** What is to be sent, in its order: the events of each frame. */
export function batches(outboxes: Outbox[]): Json[][] {
  const all: Json[][] = [];
  let size = Infinity;
  for (const outbox of outboxes) {
    for (let event = outbox.toSend(); event !== undefined; event = outbox.toSend()) {
      const {length} = JSON.stringify(event);
      if (size + length > LARGEST_FRAME) {
        all.push([]);
        size = 0;
      }
      all.at(-1)!.push(event);
      size += length;
    }
  }
  return all;
}

/** Sends a frame, in parts if it is large. */
export async function sendWhole(connection: Connection, frame: Json): Promise<void> {
  const text = JSON.stringify(frame);
  if (text.length <= LARGEST_WHOLE) {
    connection.send(frame);
    return;
  }
  for (let at = 0; at < text.length; at += PART) {
    connection.send({type: "worker.part", text: text.slice(at, at + PART), last: at + PART >= text.length});
    await sleep(PAUSE);
  }
}
