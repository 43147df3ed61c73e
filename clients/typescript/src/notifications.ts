import type {Json} from "./socket.js";

/**
 * Something that concerns the caller, in whatever thread of the tenant. A hint that comes at most once: `missed` says that there may have
 * been others, as after each loss of the connection; the lists of threads, tasks and runs are the truth.
 */
export type Notification =
  | {type: "member.added" | "member.changed"; thread_id: string; role: "owner" | "editor" | "reader"}
  | {type: "member.removed"; thread_id: string}
  | {type: "task.opened"; thread_id: string; run_id: string; task_id: string; kind: TaskKind}
  | {
      type: "task.closed";
      thread_id: string;
      run_id: string;
      task_id: string;
      kind: TaskKind;
      status: "answered" | "expired" | "closed";
    }
  | {
      type: "run.ended";
      thread_id: string;
      run_id: string;
      status: "completed" | "failed" | "cancelled" | "expired";
    }
  | {type: "missed"};

export type TaskKind = "input" | "confirmation" | "choice" | "approval";

/** Tells what concerns the caller until it is closed, whatever happens to the connection. */
export class Notifications {
  /** Resolves when it is closed; rejects if it was refused or ended by the platform. */
  readonly ended: Promise<void>;
  /** Names it on the connection of the moment. @internal */
  id = "";
  private settle!: {resolve(): void; reject(cause: Error): void};
  private open = true;
  private began = false;

  constructor(
    private readonly handler: (notification: Notification) => void,
    private readonly forget: (of: Notifications) => void,
  ) {
    this.ended = new Promise((resolve, reject) => (this.settle = {resolve, reject}));
    this.ended.catch(() => undefined);
  }

  /** Wants no more. */
  close(): void {
    if (this.open) {
      this.open = false;
      this.forget(this);
      this.settle.resolve();
    }
  }

  /** @internal */
  fail(cause: Error): void {
    if (this.open) {
      this.open = false;
      this.forget(this);
      this.settle.reject(cause);
    }
  }

  /** @internal */
  frame(id: string): Json {
    this.id = id;
    return {type: "subscribe", id, notifications: true};
  }

  /** Whether it began anew: nobody knows what happened meanwhile. @internal */
  subscribed(): void {
    if (this.began) {
      this.receive({type: "missed"});
    }
    this.began = true;
  }

  /** @internal */
  receive(notification: Notification): void {
    if (this.open) {
      this.handler(notification);
    }
  }
}
