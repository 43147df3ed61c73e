import type {Run} from "./run.js";
import type {Json, SocketFactory} from "./socket.js";

/** A class of agents, and what does its work. */
export interface AgentDefinition {
  /** Its name, unique in the tenant; the model is called `<class>/<name>`. */
  class: string;
  /** The agents of the class; they differ in what `run.name` says. */
  names?: string[];
  description?: string;
  icon?: string;
  /** A JSON Schema of the start event; what does not fit never reaches the agent. */
  inputSchema?: Json;
  /** Whether it can be asked as a model, by chat completions; true if nothing is said. */
  conversational?: boolean;
  version?: string;
  /** Does one run. A text that it returns is said; an object is the run's output. */
  handle(run: Run): Promise<string | Json | void>;
}

export interface WorkerOptions {
  /** The platform's, such as `https://gateway.example.org`. */
  url: string;
  /** An API key with the permission `gotthard.admin.agent.<class>.>`. */
  key: string;
  /** How many runs at the same time; 10 if nothing is said. */
  capacity?: number;
  webSocket?: SocketFactory;
  /** Told of what failed in a run, and of lost connections. */
  log?: (message: string, cause?: unknown) => void;
}
