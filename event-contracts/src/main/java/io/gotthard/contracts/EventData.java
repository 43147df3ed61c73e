package io.gotthard.contracts;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * What is said of an event, by its type. <b>Control</b> events drive work: what a run does next depends on them alone. <b>Display</b>
 * events only inform, and nothing may depend on them. The shapes are those of {@code event-contracts/schemas/events}; a component
 * {@code callId} is the member {@code call_id}, and a null is left out.
 */
public sealed interface EventData {

    /** Its type, as in {@code message.created}. */
    default String type() {
        return EventShape.of(getClass()).type();
    }

    /** As events have it: every component that is not null, under its name in small letters with underscores. */
    default JsonObject json() {
        return EventShape.of(getClass()).json(this);
    }

    /**
     * The same as {@link #json} said. Members that the type does not know are passed over.
     *
     * @throws IllegalArgumentException if there is no such type, or a member is missing or not what the schema says; the message names it
     */
    static EventData of(String type, JsonObject data) {
        return EventShape.of(type).read(data);
    }

    /** The thread is there. {@code forkedFrom} and {@code forkedAt} say of which it is a copy, up to which event. */
    record ThreadCreated(String title, String forkedFrom, Long forkedAt) implements EventData {}

    /** The thread's title, metadata or archiving changed. */
    record ThreadUpdated(String title, JsonObject metadata, Boolean archived) implements EventData {}

    /** Somebody belongs to the thread from now on, or in another role. */
    record MemberAdded(String account, String role) implements EventData {}

    /** Somebody no longer belongs to the thread. */
    record MemberRemoved(String account) implements EventData {}

    /**
     * A whole message: what users, assistants and tools said is what their models see. {@code content} is a text or OpenAI's parts;
     * {@code finishReason} is why the model ended that wrote it, in OpenAI's words.
     */
    record MessageCreated(
            String messageId, String role, Object content, JsonArray toolCalls, String toolCallId, String finishReason)
            implements EventData {}

    /** A run is there and waits for a worker. */
    record RunCreated(String agent, Integer agentVersion, String parentRunId, JsonObject input) implements EventData {}

    /** A worker took the run; the first attempt is 1. */
    record RunStarted(int attempt) implements EventData {}

    /** The run did what it was to do. {@code finishReason} is OpenAI's; {@code usage} the sum over it and all that it began. */
    record RunStopped(String finishReason, JsonObject usage, JsonObject output) implements EventData {}

    /** The run ended badly: {@code code} and {@code message} are for the client. */
    record RunFailed(String code, String message) implements EventData {}

    /** Somebody ended the run. */
    record RunCancelled(String by) implements EventData {}

    /** The run waits for answers of people, of the caller's own functions, or of other agents, and holds nothing meanwhile. */
    record RunWaiting(String reason) implements EventData {}

    /** A part of a message that is being written. Display: {@link MessageCreated} with the same id is what counts. */
    record ChunkAdded(String messageId, String text) implements EventData {}

    /** A part of what a model thinks before it answers. Display. */
    record ThoughtAdded(String messageId, String text) implements EventData {}

    /** What is written so far under this id is void: an attempt broke off, and another one begins. Display. */
    record MessageDropped(String messageId) implements EventData {}

    /** A tool is called. The effect may happen from now on; the same call has the same id in every attempt. */
    record ToolCalled(String callId, String tool, JsonObject arguments) implements EventData {}

    /** What a tool gave back; not {@code ok} if it failed, and {@code content} is then what the model is told of it. */
    record ToolReturned(String callId, boolean ok, String content) implements EventData {}

    /** Another agent is asked: agent in the loop. */
    record AgentCalled(String callId, String agent, String childRunId) implements EventData {}

    /** What the other agent gave back. */
    record AgentReturned(String callId, boolean ok, String content) implements EventData {}

    /** A person is asked: human in the loop. {@code kind} is input, confirmation, choice or approval. */
    record InputRequested(
            String taskId, String kind, String prompt, JsonObject schema, JsonArray options, String callId)
            implements EventData {}

    /** A person answered; {@code answer} is what the kind asks for. */
    record InputAnswered(String taskId, String by, Object answer) implements EventData {}

    /** What one call of a model consumed; {@code receipt} is the request whose receipt has it. Display. */
    record UsageRecorded(
            String model,
            long promptTokens,
            long completionTokens,
            long cachedTokens,
            long reasoningTokens,
            String receipt)
            implements EventData {}

    /** Something went wrong that the run survived. Display. */
    record ErrorOccurred(String code, String message) implements EventData {}

    /** What the thread may be called. Display. */
    record TitleSuggested(String title) implements EventData {}

    /** What a user may want to ask next. Display. */
    record FollowUpsSuggested(JsonArray texts) implements EventData {}

    /** What an agent has to say that no other type is for; {@code name} and {@code value} are its own. Display. */
    record CustomReported(String name, Object value) implements EventData {}
}
