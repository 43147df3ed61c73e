import {Notifications, type Notification} from "./notifications.js";
import {Connection, pause, Refused, sleep, socketUrl, usualFactory, type Json, type SocketFactory} from "./socket.js";
import {Subscription, type ThreadEvent, type Wanted} from "./subscription.js";

export interface ClientOptions {
  /** The platform's, such as `https://gateway.example.org`; in a browser usually `location.origin`. */
  url: string;
  /** A key or token, or how to get one: it is asked for each time the client connects. A browser's session needs none. */
  token?: string | (() => string | Promise<string>);
  webSocket?: SocketFactory;
  /** Told when the connection is there, and when it is lost. */
  onConnection?: (connected: boolean, reason: string) => void;
}

const PING = 15_000;
const SILENCE = 40_000;
const UNAUTHORIZED = 4401;
/** Close codes after which another attempt is of no use: what was sent is no frame, and a revoked credential. */
const FINAL = new Set([4400, 4403]);

/** A connection to the platform that comes back by itself, for browsers and Node. */
export class GotthardClient {
  private readonly subscriptions = new Set<Subscription>();
  private readonly told = new Set<Notifications>();
  private readonly asked = new Map<string, {resolve(result: unknown): void; reject(cause: Error): void}>();
  private connection: Connection | undefined;
  private next = 1;
  private closed = false;
  private running = false;
  private readonly whenReady: (() => void)[] = [];

  constructor(private readonly options: ClientOptions) {}

  /** Hands each event to the handler, one after the other, and the next one once that is done with it. */
  subscribe(wanted: Wanted, handler: (event: ThreadEvent) => void | Promise<void>): Subscription {
    const subscription = new Subscription(wanted, handler, {
      acknowledge: (id, seq) => this.connection?.send({type: "ack", id, seq}),
      again: (of) => {
        this.connection?.send({type: "unsubscribe", id: of.id});
        this.connection?.send(of.frame(this.name()));
      },
      forget: (of) => {
        this.subscriptions.delete(of);
        this.connection?.send({type: "unsubscribe", id: of.id});
      },
    });
    this.subscriptions.add(subscription);
    this.connection?.send(subscription.frame(this.name()));
    this.run();
    return subscription;
  }

  /** The events as they come, to be read with `for await`. */
  async *events(wanted: Wanted): AsyncGenerator<ThreadEvent, void, void> {
    let ready: ThreadEvent | undefined;
    let failure: Error | undefined;
    let over = false;
    let taken = (): void => undefined;
    let arrived = (): void => undefined;
    const subscription = this.subscribe(wanted, (event) => {
      ready = event;
      arrived();
      return new Promise<void>((resolve) => (taken = resolve));
    });
    subscription.ended.then(
      () => ((over = true), arrived()),
      (cause: Error) => ((failure = cause), arrived()),
    );
    try {
      while (!over) {
        if (ready === undefined && failure === undefined) {
          await new Promise<void>((resolve) => (arrived = resolve));
        }
        if (ready !== undefined) {
          const event = ready;
          yield event;
          ready = undefined;
          taken();
        } else if (failure !== undefined) {
          throw failure;
        }
      }
    } finally {
      taken();
      subscription.close();
    }
  }

  /** Hands what concerns the caller to the handler: their part in threads, what they are asked, runs of theirs that have ended. */
  notifications(handler: (notification: Notification) => void): Notifications {
    const notifications = new Notifications(handler, (of) => {
      this.told.delete(of);
      this.connection?.send({type: "unsubscribe", id: of.id});
    });
    this.told.add(notifications);
    this.connection?.send(notifications.frame(this.name()));
    this.run();
    return notifications;
  }

  /** Says something in a thread: the body of `POST /api/v1/threads/{thread}/messages`. */
  async createMessage(thread: string, body: Json): Promise<unknown> {
    return this.command({type: "message.create", thread, body});
  }

  /** Begins a run: the body of `POST /api/v1/threads/{thread}/runs`. */
  async createRun(thread: string, body: Json): Promise<unknown> {
    return this.command({type: "run.create", thread, body});
  }

  /** Ends a run and all that it began. */
  async cancelRun(run: string): Promise<unknown> {
    return this.command({type: "run.cancel", run});
  }

  /** Answers what a run asked of people. */
  async answerTask(task: string, answer: unknown): Promise<unknown> {
    return this.command({type: "task.answer", task, body: {answer}});
  }

  /** Ends all subscriptions, and disconnects. */
  close(): void {
    this.closed = true;
    [...this.subscriptions, ...this.told].forEach((one) => one.close());
    this.connection?.close();
  }

  /** Breaks the connection as a network would; for tests of what comes then. */
  drop(): void {
    this.connection?.close();
  }

  private name(): string {
    return `c${this.next++}`;
  }

  /** What was sent and not answered when the connection was lost may have happened or not, and fails. */
  private async command(frame: Json): Promise<unknown> {
    this.run();
    if (this.connection === undefined) {
      await new Promise<void>((resolve) => this.whenReady.push(resolve));
    }
    const id = this.name();
    return new Promise((resolve, reject) => {
      this.asked.set(id, {resolve, reject});
      this.connection?.send({...frame, id});
    });
  }

  private run(): void {
    if (!this.running && !this.closed) {
      this.running = true;
      this.keepConnected().catch((cause: unknown) => {
        this.running = false;
        const failure = cause instanceof Error ? cause : new Error(String(cause));
        [...this.subscriptions, ...this.told].forEach((one) => one.fail(failure));
        this.failAsked(failure);
      });
    }
  }

  private async keepConnected(): Promise<void> {
    const factory = this.options.webSocket ?? (await usualFactory());
    let refusals = 0;
    for (let attempt = 0; !this.closed; attempt++) {
      const {token} = this.options;
      const credential = typeof token === "function" ? await token() : token;
      let ready = false;
      const {code, reason} = await this.connect(factory, credential, () => (ready = true));
      this.connection = undefined;
      this.options.onConnection?.(false, `${code} ${reason}`);
      this.failAsked(new Error("The connection was lost: whether it was done is not known."));
      refusals = ready || code !== UNAUTHORIZED ? 0 : refusals + 1;
      if (FINAL.has(code) || refusals >= 2) {
        throw new Refused({code: String(code), message: reason});
      }
      attempt = ready ? 0 : attempt;
      if (!this.closed) {
        await sleep(pause(attempt));
      }
    }
  }

  private connect(
    factory: SocketFactory,
    token: string | undefined,
    onReady: () => void,
  ): Promise<{code: number; reason: string}> {
    return new Promise((resolve) => {
      let ping: ReturnType<typeof setInterval> | undefined;
      const connection = new Connection(
        factory,
        socketUrl(this.options.url),
        {
          open: () => {
            if (token !== undefined) {
              connection.send({type: "auth", token});
            }
            ping = setInterval(() => connection.send({type: "ping"}), PING);
          },
          frame: (frame) => {
            if (frame["type"] === "ready" && this.connection !== connection) {
              onReady();
              this.begin(connection);
            } else {
              this.hear(frame);
            }
          },
          closed: (code, reason) => {
            clearInterval(ping);
            resolve({code, reason});
          },
        },
        SILENCE,
      );
    });
  }

  private begin(connection: Connection): void {
    this.connection = connection;
    this.options.onConnection?.(true, "ready");
    [...this.subscriptions, ...this.told].forEach((one) => connection.send(one.frame(this.name())));
    this.whenReady.splice(0).forEach((resolve) => resolve());
  }

  private hear(frame: Json): void {
    const id = String(frame["id"] ?? "");
    const asked = this.asked.get(id);
    const subscription = [...this.subscriptions].find((one) => one.id === id);
    const notifications = [...this.told].find((one) => one.id === id);
    switch (frame["type"]) {
      case "event":
        subscription?.receive(frame["event"] as ThreadEvent);
        break;
      case "ack":
        this.asked.delete(id);
        asked?.resolve(frame["result"]);
        break;
      case "error":
        this.asked.delete(id);
        asked?.reject(new Refused(frame["error"] as Json));
        (subscription ?? notifications)?.fail(new Refused(frame["error"] as Json));
        break;
      case "subscription.ended":
        if (frame["error"]) {
          (subscription ?? notifications)?.fail(new Refused(frame["error"] as Json));
        } else {
          subscription?.finish();
        }
        break;
      case "subscribed":
        notifications?.subscribed();
        break;
      case "notification":
        notifications?.receive(frame["notification"] as Notification);
        break;
      default:
      // What only informs, and what later versions say.
    }
  }

  private failAsked(cause: Error): void {
    const all = [...this.asked.values()];
    this.asked.clear();
    all.forEach(({reject}) => reject(cause));
  }
}
