import type {Outbox} from "./outbox.js";
import type {Json} from "./socket.js";

/** A message as OpenAI's requests have it. */
export interface ChatMessage {
  role: string;
  content: unknown;
}

/** What the platform says of a run that is to be done. */
export interface Start {
  run: string;
  thread: string;
  lease: number;
  attempt: number;
  name: string;
  input?: Json;
  messages?: ChatMessage[];
  events?: {type: string; data: Json}[];
  caller?: {account?: string; tenant?: string};
}

/** Ends a run badly, with a text for whoever asked; that of other errors is only logged here. */
export class AgentError extends Error {
  constructor(
    message: string,
    readonly code: string = "agent_error",
  ) {
    super(message);
    this.name = "AgentError";
  }
}

/** The run waits for a person and holds nothing meanwhile. Let it pass. */
export class Suspended extends Error {
  constructor() {
    super("waits for a person");
    this.name = "Suspended";
  }
}

/** A message that is being written. */
export interface MessageWriter {
  /** Adds to it; readers see it at once. */
  write(text: string): Promise<void>;
}

/**
 * What is to be done, and the ways to tell what happens.
 *
 * A run may be taken up more than once: after a worker was lost, and after a person answered. The function then begins from its start,
 * and what is in the log already is not done again: a message that was finished is not said twice, a tool that returned is not called
 * twice, an answered question gives its answer at once. So a function has to do the same things in the same order.
 */
export class Run {
  readonly id: string;
  readonly thread: string;
  readonly lease: number;
  /** How often the run was taken up after a worker was lost; the first one is 1. */
  readonly attempt: number;
  /** Which agent of the class was asked. */
  readonly name: string;
  /** The start event, valid by the schema that was announced. */
  readonly input: Json;
  /** What was said in the thread before; the last one is usually the user's. */
  readonly messages: readonly ChatMessage[];
  /** For whom it works. */
  readonly caller: {account?: string; tenant?: string};
  /** Aborted once the run is no longer this worker's. */
  readonly signal: AbortSignal;
  private readonly past: readonly {type: string; data: Json}[];
  private readonly counts = new Map<string, number>();

  constructor(
    start: Start,
    private readonly outbox: Outbox,
    signal: AbortSignal,
  ) {
    this.id = start.run;
    this.thread = start.thread;
    this.lease = start.lease;
    this.attempt = start.attempt;
    this.name = start.name;
    this.input = start.input ?? {};
    this.messages = start.messages ?? [];
    this.caller = start.caller ?? {};
    this.past = start.events ?? [];
    this.signal = signal;
  }

  /** What the user said last, as plain text. */
  get text(): string {
    const content = this.messages.findLast((message) => message.role === "user")?.content;
    if (typeof content === "string") {
      return content;
    }
    const parts = Array.isArray(content) ? (content as {type?: string; text?: string}[]) : [];
    return parts.map((part) => (part.type === "text" ? (part.text ?? "") : "")).join("");
  }

  /** Writes a message bit by bit. It counts once `write` is done; what was shown of it is void if that fails. */
  async message(write: (message: MessageWriter) => Promise<void>): Promise<void> {
    const number = this.count("m");
    const prefix = `${this.id}_m${number}_`;
    const said = this.past.some(
      (event) => event.type === "message.created" && String(event.data["message_id"]).startsWith(prefix),
    );
    const id = `${prefix}${this.lease}`;
    let all = "";
    try {
      await write({
        write: async (text) => {
          if (text !== "" && !said) {
            all += text;
            await this.emit("chunk.added", {message_id: id, text});
          }
        },
      });
    } catch (cause) {
      if (all !== "" && this.outbox.ended === undefined && !(cause instanceof Suspended)) {
        await this.emit("message.dropped", {message_id: id});
      }
      throw cause;
    }
    if (!said) {
      await this.confirmed("message.created", {message_id: id, role: "assistant", content: all});
    }
  }

  /** Says something at once. */
  async say(text: string): Promise<void> {
    await this.message((message) => message.write(text));
  }

  /** Shows a part of what the agent thinks before it answers. */
  async think(text: string): Promise<void> {
    await this.emit("thought.added", {message_id: `${this.id}_thought_${this.lease}`, text});
  }

  /** Asks a person for input. It may take weeks: the run rests meanwhile, and costs nothing. */
  async ask(prompt: string, schema?: Json): Promise<unknown> {
    return this.request("input", prompt, schema === undefined ? {} : {schema});
  }

  /** Asks a person for a yes or a no. */
  async confirm(prompt: string): Promise<boolean> {
    return Boolean(await this.request("confirmation", prompt, {}));
  }

  /** Asks a person for one of several options. */
  async choose<T>(prompt: string, options: readonly T[]): Promise<T> {
    return (await this.request("choice", prompt, {options})) as T;
  }

  /** Calls a tool and shows it. What it returned once it returns in every further attempt. */
  async tool(name: string, args: Json, call: (args: Json) => Promise<string>): Promise<string> {
    const id = `${this.id}_c${this.count("c")}`;
    let returned = this.find("tool.returned", "call_id", id);
    if (returned === undefined) {
      if (this.find("tool.called", "call_id", id) === undefined) {
        await this.confirmed("tool.called", {call_id: id, tool: name, arguments: args});
      }
      returned = await call(args).then(
        (content) => ({ok: true, content: String(content)}),
        (cause: unknown) => ({ok: false, content: cause instanceof Error ? cause.message : String(cause)}),
      );
      await this.confirmed("tool.returned", {call_id: id, ...returned});
    }
    if (returned["ok"] !== true) {
      throw new Error(String(returned["content"]));
    }
    return String(returned["content"]);
  }

  /** Tells what a call of a model consumed that the agent made by itself. */
  async usage(model: string, promptTokens: number, completionTokens: number): Promise<void> {
    const counts = {prompt_tokens: promptTokens, completion_tokens: completionTokens, cached_tokens: 0, reasoning_tokens: 0};
    await this.emit("usage.recorded", {model, ...counts});
  }

  /** Tells something that no other event is for, such as progress. */
  async report(name: string, value: unknown): Promise<void> {
    await this.emit("custom.reported", {name, value});
  }

  /** Tells what the user may want to ask next. */
  async suggest(...texts: string[]): Promise<void> {
    await this.emit("follow_ups.suggested", {texts});
  }

  private async request(kind: string, prompt: string, more: Json): Promise<unknown> {
    const id = `${this.id}_t${this.count("t")}`;
    const asked = this.find("input.requested", "call_id", id);
    const answered = asked && this.find("input.answered", "task_id", String(asked["task_id"]));
    if (answered !== undefined) {
      return answered["answer"];
    }
    // A question that was asked before is not asked again, but says that there is nothing to do until it is answered.
    await this.confirmed("input.requested", {call_id: id, kind, prompt, ...more});
    throw new Suspended();
  }

  private count(what: string): number {
    const count = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, count);
    return count;
  }

  private find(type: string, member: string, value: string): Json | undefined {
    return this.past.find((event) => event.type === type && event.data[member] === value)?.data;
  }

  private async emit(type: string, data: Json): Promise<void> {
    await this.outbox.put(type, data);
  }

  private async confirmed(type: string, data: Json): Promise<void> {
    await this.outbox.settled(type, data);
  }
}
