import type {Json} from "./socket.js";

/** Something that happened in a thread, at its place in the thread's log. */
export interface ThreadEvent<Data = Json> {
  /** Its place in the thread, from 1, without gaps. */
  seq: number;
  thread_id: string;
  id: string;
  type: string;
  /** The run that a user began, with all that it began. */
  display_id?: string | null;
  run_id?: string | null;
  created_at: string;
  author: string;
  data: Data;
}

export interface Wanted {
  /** May be left out if `run` is named: the subscription then ends with the run. */
  thread?: string;
  /** The place behind which to begin; 0, or nothing, for all that happened. */
  after?: number;
  /** Only what happened in this run and in those that it began. */
  run?: string;
  /** Only these types; `run.*` are all that begin with `run.`. */
  types?: string[];
}

/** So many events may be on their way to a reader that has not taken them. */
const WINDOW = 256;

/** Follows a thread: each event comes once and in order, whatever happens to the connection. */
export class Subscription {
  /** The place of the last event that was handled. */
  place: number;
  /** Resolves when it is closed, or when all of a run was handled; rejects if it was ended by the platform. */
  readonly ended: Promise<void>;
  private readonly queue: ThreadEvent[] = [];
  private received: number;
  private handling = false;
  private finished = false;
  private settle!: {resolve(): void; reject(cause: Error): void};
  private open = true;
  /** Names it on the connection of the moment. */
  id = "";

  constructor(
    readonly wanted: Wanted,
    private readonly handler: (event: ThreadEvent) => void | Promise<void>,
    private readonly client: {acknowledge(id: string, seq: number): void; again(of: Subscription): void; forget(of: Subscription): void},
  ) {
    this.place = wanted.after ?? 0;
    this.received = this.place;
    this.ended = new Promise((resolve, reject) => (this.settle = {resolve, reject}));
    this.ended.catch(() => undefined);
  }

  /** Wants no more. */
  close(): void {
    if (this.open) {
      this.open = false;
      this.queue.length = 0;
      this.client.forget(this);
      this.settle.resolve();
    }
  }

  /** @internal */
  fail(cause: Error): void {
    if (this.open) {
      this.open = false;
      this.client.forget(this);
      this.settle.reject(cause);
    }
  }

  /** Nothing comes any more, and what came is yet to be handled. @internal */
  finish(): void {
    this.finished = true;
    if (!this.handling) {
      this.close();
    }
  }

  /** The frame that asks for all behind what was received. @internal */
  frame(id: string): Json {
    this.id = id;
    const {thread, run, types} = this.wanted;
    return {
      type: "subscribe",
      id,
      after: this.received,
      window: WINDOW,
      ...(thread === undefined ? {} : {thread}),
      ...(run === undefined ? {} : {run}),
      ...(types === undefined ? {} : {types}),
    };
  }

  /** @internal */
  receive(event: ThreadEvent): void {
    if (!this.open || event.seq <= this.received) {
      return;
    }
    const whole = this.wanted.run === undefined && this.wanted.types === undefined;
    if (whole && event.seq !== this.received + 1) {
      this.client.again(this);
      return;
    }
    this.received = event.seq;
    this.queue.push(event);
    if (!this.handling) {
      void this.handle();
    }
  }

  private async handle(): Promise<void> {
    this.handling = true;
    try {
      for (let event = this.queue.shift(); event !== undefined && this.open; event = this.queue.shift()) {
        await this.handler(event);
        this.place = event.seq;
        this.client.acknowledge(this.id, event.seq);
      }
    } catch (cause) {
      this.fail(cause instanceof Error ? cause : new Error(String(cause)));
    } finally {
      this.handling = false;
    }
    if (this.finished) {
      this.close();
    }
  }
}
