export type {AgentDefinition, WorkerOptions} from "./agent.js";
export {GotthardClient, type ClientOptions} from "./events.js";
export {Notifications, type Notification, type TaskKind} from "./notifications.js";
export {Cancelled} from "./outbox.js";
export {AgentError, Run, type ChatMessage, type MessageWriter} from "./run.js";
export {Refused, type Json, type SocketFactory, type SocketLike} from "./socket.js";
export {Subscription, type ThreadEvent, type Wanted} from "./subscription.js";
export {Worker} from "./worker.js";
