import type {AgentDefinition, WorkerOptions} from "./agent.js";
import {batches, PAUSE, sendWhole} from "./frames.js";
import {Cancelled, Outbox} from "./outbox.js";
import {AgentError, Run, Suspended, type Start} from "./run.js";
import {Connection, pause, Refused, sleep, socketUrl, usualFactory, type Json, type SocketFactory} from "./socket.js";

/** After so many milliseconds without a word from the platform the connection is taken for lost. */
const SILENCE = 6_000;

const INVALID = {code: "invalid_event", message: "The agent sent an event that is not valid."};

interface Held {
  readonly run: Run;
  readonly outbox: Outbox;
  readonly abort: AbortController;
  done: Promise<void>;
}

/**
 * Works for a class of agents until it is stopped. If the connection is lost and found again soon enough, running work goes on; what
 * was not acknowledged is sent again, and the platform takes it once.
 */
export class Worker {
  private readonly held = new Map<string, Held>();
  private connection: Connection | undefined;
  private worker: string | undefined;
  private announced = false;
  private stopped = false;
  private flushing: ReturnType<typeof setTimeout> | undefined;
  private flushed = 0;
  private working: Promise<void> | undefined;
  private onAnnounced: (() => void) | undefined;
  private readonly log: (message: string, cause?: unknown) => void;

  constructor(
    private readonly agent: AgentDefinition,
    private readonly options: WorkerOptions,
  ) {
    this.log = options.log ?? ((message, cause) => console.error(message, cause ?? ""));
  }

  /** Connects; resolves once the class is announced. Fails if the platform refuses it. */
  async start(): Promise<void> {
    const factory = this.options.webSocket ?? (await usualFactory());
    await new Promise<void>((resolve, reject) => {
      this.onAnnounced = resolve;
      this.working = this.keepConnected(factory);
      this.working.catch(reject);
    });
  }

  /** Resolves when it is stopped; fails if the platform refuses it. */
  async closed(): Promise<void> {
    await this.working;
  }

  /** Takes no more, finishes what it has begun, and disconnects. */
  async stop(): Promise<void> {
    this.connection?.send({type: "worker.withdraw", worker: this.worker});
    await Promise.allSettled([...this.held.values()].map((held) => held.done));
    this.stopped = true;
    this.connection?.close();
    await this.working?.catch(() => undefined);
  }

  /** Breaks the connection as a network would; for tests of what comes then. */
  drop(): void {
    this.connection?.close();
  }

  private async keepConnected(factory: SocketFactory): Promise<void> {
    for (let attempt = 0; !this.stopped; attempt++) {
      await this.work(factory);
      if (this.announced) {
        attempt = 0;
      }
      this.announced = false;
      this.connection = undefined;
      if (!this.stopped) {
        await sleep(pause(attempt));
      }
    }
  }

  private async work(factory: SocketFactory): Promise<void> {
    let beat: ReturnType<typeof setInterval> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const connection = new Connection(
          factory,
          socketUrl(this.options.url),
          {
            open: () => {
              connection.send({type: "auth", token: this.options.key});
            },
            frame: (frame) => {
              if (frame["type"] === "ready") {
                connection.send(this.announcement());
              } else if (frame["type"] === "worker.announced") {
                this.begin(connection, frame);
                const every = frame["heartbeat_ms"] as number;
                beat = setInterval(() => connection.send({type: "worker.heartbeat", worker: this.worker}), every);
                this.onAnnounced?.();
              } else if (frame["type"] === "error") {
                const error = frame["error"] as Json;
                if (!this.announced && Number(error["status"]) < 500) {
                  reject(new Refused(error));
                }
                connection.close();
              } else {
                this.hear(frame);
              }
            },
            closed: (code, reason) => {
              if (code === 4401 || code === 4403) {
                reject(new Refused({code: "invalid_api_key", message: reason}));
              }
              this.log(`The connection is lost: ${code} ${reason}`);
              resolve();
            },
          },
          SILENCE,
        );
      });
    } finally {
      clearInterval(beat);
    }
  }

  private announcement(): Json {
    const {class: name, names, description, icon, inputSchema, conversational, version} = this.agent;
    const announcement: Json = {
      type: "worker.announce",
      class: name,
      names: names ?? ["default"],
      description: description ?? "",
      input_schema: inputSchema ?? {type: "object"},
      conversational: conversational ?? true,
      version: version ?? "1",
      capacity: this.options.capacity ?? 10,
    };
    if (icon !== undefined) {
      announcement["icon"] = icon;
    }
    if (this.worker !== undefined) {
      announcement["resume"] = this.worker;
      announcement["runs"] = [...this.held.values()].map(({run}) => ({run: run.id, lease: run.lease}));
    }
    return announcement;
  }

  private begin(connection: Connection, frame: Json): void {
    if (frame["resumed"] !== true) {
      [...this.held.values()].forEach((held) => this.lose(held, "lost"));
    }
    this.worker = frame["worker"] as string;
    this.connection = connection;
    this.announced = true;
    this.held.forEach(({outbox}) => outbox.sendAgain());
    this.flush();
  }

  private hear(frame: Json): void {
    if (frame["type"] === "worker.start") {
      this.startRun(frame as unknown as Start);
      return;
    }
    const held = this.held.get(String(frame["run"]));
    if (held === undefined || held.run.lease !== frame["lease"]) {
      return;
    }
    if (frame["type"] === "worker.acknowledged") {
      held.outbox.acknowledged(frame["n"] as number);
      this.flush();
    } else if (frame["type"] === "worker.refused") {
      held.outbox.refused(frame["n"] as number, frame["error"] as Json);
    } else if (frame["type"] === "worker.cancel") {
      this.lose(held, String(frame["reason"]));
    }
  }

  private startRun(start: Start): void {
    const known = this.held.get(start.run);
    if (known !== undefined) {
      if (known.run.lease === start.lease) {
        return;
      }
      this.lose(known, "lost");
    }
    const outbox = new Outbox(start.run, start.lease, () => this.flush());
    const abort = new AbortController();
    const run = new Run(start, outbox, abort.signal);
    const held: Held = {run, outbox, abort, done: Promise.resolve()};
    this.held.set(run.id, held);
    held.done = this.perform(held).finally(() => {
      if (this.held.get(run.id) === held) {
        this.held.delete(run.id);
      }
    });
  }

  private lose(held: Held, reason: string): void {
    if (this.held.get(held.run.id) === held) {
      this.held.delete(held.run.id);
    }
    held.outbox.end(reason);
    held.abort.abort(new Cancelled(reason));
  }

  private async perform(held: Held): Promise<void> {
    try {
      const last = await this.outcome(held.run);
      if (last !== undefined) {
        await held.outbox.settled(last.type, last.data).catch(async (cause: unknown) => {
          if (!(cause instanceof Refused)) {
            throw cause;
          }
          this.log(`The end of run ${held.run.id} was refused`, cause);
          await held.outbox.settled("run.failed", INVALID);
        });
      }
    } catch (cause) {
      if (!(cause instanceof Cancelled)) {
        this.log(`Run ${held.run.id} has no end`, cause);
      }
    }
  }

  /** The event that ends the run. */
  private async outcome(run: Run): Promise<{type: string; data: Json} | undefined> {
    try {
      const result = await this.agent.handle(run);
      if (typeof result === "string") {
        await run.say(result);
      }
      const stop: Json = {finish_reason: "stop"};
      return {type: "run.stopped", data: typeof result === "object" ? {...stop, output: result} : stop};
    } catch (cause) {
      if (cause instanceof Suspended || cause instanceof Cancelled || run.signal.aborted) {
        return undefined;
      }
      if (cause instanceof AgentError) {
        return failed(cause.code, cause.message);
      }
      this.log(`Run ${run.id} failed`, cause);
      return cause instanceof Refused
        ? {type: "run.failed", data: INVALID}
        : failed("agent_error", "The agent failed.");
    }
  }

  /** Sends what runs have to say, each in its order. What comes until the next frame goes together. */
  private flush(): void {
    if (this.flushing === undefined) {
      this.flushing = setTimeout(() => void this.sendAll(), Math.max(0, this.flushed + PAUSE - Date.now()));
    }
  }

  private async sendAll(): Promise<void> {
    const connection = this.connection;
    if (connection !== undefined && this.announced) {
      for (const events of batches([...this.held.values()].map(({outbox}) => outbox))) {
        await sendWhole(connection, {type: "worker.events", worker: this.worker, events});
      }
    }
    this.flushed = Date.now();
    this.flushing = undefined;
    if (this.announced && [...this.held.values()].some(({outbox}) => outbox.hasMore())) {
      // It was said, or the connection is another one, since it was looked.
      this.flush();
    }
  }
}

function failed(code: string, message: string): {type: string; data: Json} {
  return {type: "run.failed", data: {code, message}};
}
