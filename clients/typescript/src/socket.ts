/** A JSON value as it travels. */
export type Json = Record<string, unknown>;

/** As much of a WebSocket as is needed here: the browser's, Node's own from 22 on, and that of the package `ws`. */
export interface SocketLike {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open" | "message" | "close" | "error", listener: (event: any) => void): void;
}

/** Makes a socket to a URL. */
export type SocketFactory = (url: string) => SocketLike;

/** The platform did not take what was sent; nothing of it happened. */
export class Refused extends Error {
  readonly code: string | undefined;
  readonly param: string | undefined;

  constructor(error: {message?: unknown; code?: unknown; param?: unknown}) {
    super(typeof error.message === "string" ? error.message : "refused");
    this.name = "Refused";
    this.code = typeof error.code === "string" ? error.code : undefined;
    this.param = typeof error.param === "string" ? error.param : undefined;
  }
}

const OPEN = 1;

/** The environment's WebSocket, or that of the package `ws` where there is none. */
export async function usualFactory(): Promise<SocketFactory> {
  const own = (globalThis as {WebSocket?: new (url: string) => SocketLike}).WebSocket;
  if (own !== undefined) {
    return (url) => new own(url);
  }
  const name = "ws";
  try {
    const found = (await import(name)) as {default: new (url: string) => SocketLike};
    return (url) => new found.default(url);
  } catch {
    throw new Error("There is no WebSocket here: install the package 'ws', or hand over a factory.");
  }
}

/** Where the socket of a platform is. */
export function socketUrl(url: string): string {
  return url.replace(/\/+$/, "").replace(/^http/, "ws") + "/api/v1/ws";
}

/** How long to wait before the next attempt, in milliseconds: longer each time, and not the same for all. */
export function pause(attempt: number): number {
  return Math.min(5_000, 100 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2);
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** One connection: frames in, frames out, and a close code at the end. */
export class Connection {
  private readonly socket: SocketLike;
  private heard = Date.now();
  private ended = false;

  constructor(
    factory: SocketFactory,
    url: string,
    on: {open(): void; frame(frame: Json): void; closed(code: number, reason: string): void},
    silence: number,
  ) {
    this.socket = factory(url);
    const watch = setInterval(() => {
      if (Date.now() - this.heard > silence) {
        this.socket.close();
        end(4000, "silent");
      }
    }, Math.min(1_000, silence / 2));
    const end = (code: number, reason: string): void => {
      if (!this.ended) {
        this.ended = true;
        clearInterval(watch);
        on.closed(code, reason);
      }
    };
    this.socket.addEventListener("open", () => {
      this.heard = Date.now();
      on.open();
    });
    this.socket.addEventListener("message", (event: {data: unknown}) => {
      this.heard = Date.now();
      if (!this.ended) {
        on.frame(JSON.parse(String(event.data)) as Json);
      }
    });
    this.socket.addEventListener("close", (event: {code?: number; reason?: string}) =>
      end(event.code ?? 1006, String(event.reason ?? "")),
    );
    this.socket.addEventListener("error", () => end(1006, "error"));
  }

  /** Sends a frame; what is sent on a closed connection is lost. */
  send(frame: Json): void {
    if (this.socket.readyState === OPEN && !this.ended) {
      this.socket.send(JSON.stringify(frame));
    }
  }

  close(): void {
    this.socket.close(1000);
  }
}
