export {GotthardClient, Subscription, type ClientOptions, type ThreadEvent, type Wanted} from "./events.js";
export {AgentError, Cancelled, Run, type ChatMessage, type MessageWriter} from "./run.js";
export {Refused, type Json, type SocketFactory, type SocketLike} from "./socket.js";
export {Worker, type AgentDefinition, type WorkerOptions} from "./worker.js";
