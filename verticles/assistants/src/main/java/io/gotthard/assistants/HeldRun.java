package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** A run that a worker of this node has, under one lease. */
final class HeldRun {

    private final RunRow row;
    private final JsonObject start;
    private final Set<String> done = new HashSet<>();
    private long last;
    private String answer = "";
    private Future<Void> reported = Future.succeededFuture();

    /**
     * @param start what its worker is told of it
     * @param events what its earlier attempts said: objects with {@code type} and {@code data}
     */
    HeldRun(RunRow row, JsonObject start, List<JsonObject> events) {
        this.row = row;
        this.start = start;
        events.forEach(event -> done(event.getString("type"), event.getJsonObject("data")));
    }

    private void done(String type, JsonObject data) {
        switch (type) {
            case "message.created" -> {
                done.add(type + data.getString("message_id"));
                said(data.getValue("content"));
            }
            case "tool.called", "tool.returned" -> done.add(type + data.getString("call_id"));
            default -> {
                // It may be said again.
            }
        }
    }

    private void said(Object content) {
        if (content instanceof String text) {
            answer = text;
        }
    }

    /** What the agent said last. */
    String answer() {
        return answer;
    }

    RunRow row() {
        return row;
    }

    /** The frame that begins it. */
    JsonObject start(String worker) {
        return start.copy().put("worker", worker);
    }

    /** The number of the last event that was taken, or refused. */
    long last() {
        return last;
    }

    void took(long number) {
        last = number;
    }

    /** Whether this was said before, in an earlier attempt or in this one; if not, it is from now on. */
    boolean isDone(EventData data) {
        return switch (data) {
            case EventData.ChunkAdded chunk -> done.contains("message.created" + chunk.messageId());
            case EventData.ThoughtAdded thought -> done.contains("message.created" + thought.messageId());
            case EventData.MessageCreated message -> {
                said(message.content());
                yield !done.add(data.type() + message.messageId());
            }
            case EventData.ToolCalled called -> !done.add(data.type() + called.callId());
            case EventData.ToolReturned returned -> !done.add(data.type() + returned.callId());
            default -> false;
        };
    }

    /** Whether something that was said of it is being written. */
    boolean isReporting() {
        return !reported.isComplete();
    }

    /** Does one report after the other; to be called on a virtual thread. */
    <T> T inOrder(Supplier<T> report) {
        var before = reported;
        Promise<Void> mine = Promise.promise();
        reported = mine.future();
        before.await();
        try {
            return report.get();
        } finally {
            mine.complete();
        }
    }
}
