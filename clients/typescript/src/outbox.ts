import {Refused, type Json} from "./socket.js";

/** The run is no longer this worker's: somebody ended it, or another worker has it. */
export class Cancelled extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = "Cancelled";
  }
}

/** So many events may be under way; who writes faster waits for the platform. */
const MOST_UNACKNOWLEDGED = 200;

/** So many bytes of JSON are in an event. */
const LARGEST_EVENT = 256 * 1024;

interface Waiting {
  resolve(): void;
  reject(cause: Error): void;
}

/** The events of one run, in order, until they are durable. */
export class Outbox {
  private events: Json[] = [];
  private unsent = 0;
  private next = 1;
  private readonly waiting = new Map<number, Waiting>();
  private room: (() => void)[] = [];
  private refusal: Refused | undefined;
  /** Why the run is no longer this worker's. */
  ended: string | undefined;

  constructor(
    private readonly run: string,
    private readonly lease: number,
    private readonly wake: () => void,
  ) {}

  async put(type: string, data: Json): Promise<number> {
    if (new TextEncoder().encode(JSON.stringify(data)).length > LARGEST_EVENT) {
      throw new Refused({code: "event_too_large", message: `An event of type ${type} has more than 256 KB.`});
    }
    for (;;) {
      if (this.ended !== undefined) {
        throw new Cancelled(this.ended);
      }
      if (this.refusal !== undefined) {
        const refusal = this.refusal;
        this.refusal = undefined;
        throw refusal;
      }
      if (this.events.length < MOST_UNACKNOWLEDGED) {
        break;
      }
      await new Promise<void>((resolve) => this.room.push(resolve));
    }
    const n = this.next++;
    this.events.push({run: this.run, lease: this.lease, n, type, data});
    this.wake();
    return n;
  }

  /** Puts, and waits until it is durable. */
  async settled(type: string, data: Json): Promise<void> {
    const n = await this.put(type, data);
    await new Promise<void>((resolve, reject) => this.waiting.set(n, {resolve, reject}));
  }

  toSend(): Json | undefined {
    return this.events[this.unsent] === undefined ? undefined : this.events[this.unsent++];
  }

  hasMore(): boolean {
    return this.unsent < this.events.length;
  }

  sendAgain(): void {
    this.unsent = 0;
  }

  acknowledged(n: number): void {
    while (this.events.length > 0 && (this.events[0]!["n"] as number) <= n) {
      this.events.shift();
      this.unsent = Math.max(0, this.unsent - 1);
    }
    for (const [number, waiting] of [...this.waiting]) {
      if (number <= n) {
        this.waiting.delete(number);
        waiting.resolve();
      }
    }
    this.letIn();
  }

  refused(n: number, error: Json): void {
    const refusal = new Refused(error);
    const waiting = this.waiting.get(n);
    if (waiting === undefined) {
      this.refusal = refusal;
    } else {
      this.waiting.delete(n);
      waiting.reject(refusal);
    }
    this.acknowledged(n);
  }

  end(reason: string): void {
    this.ended = reason;
    this.events = [];
    this.unsent = 0;
    for (const waiting of this.waiting.values()) {
      waiting.reject(new Cancelled(reason));
    }
    this.waiting.clear();
    this.letIn();
  }

  private letIn(): void {
    const waiting = this.room;
    this.room = [];
    waiting.forEach((go) => go());
  }
}
