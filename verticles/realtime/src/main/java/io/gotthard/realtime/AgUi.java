package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * {@code realtime.runAgUi}: a run for a front end that speaks AG-UI. A thread of ours is continued with what the user said since; any other name
 * for one is the front end's own, which then says all of the conversation, for which a new thread is made.
 */
final class AgUi {

    private static final String OURS = "thr_";

    private final Bus bus;

    AgUi(Bus bus) {
        this.bus = bus;
    }

    /** Starts the run, and answers with its events. */
    Future<Answer> run(Call call, BusStream stream) {
        var input = new JsonObject(call.body().bytes());
        var threadId = input.getString("threadId");
        var agent = call.parameters().get("class") + "/" + call.parameters().get("name");
        var messages = messages(input.getJsonArray("messages", new JsonArray()));
        var start = new JsonObject().put("agent", agent);
        var tools = AgUiEvents.functions(input.getJsonArray("tools", new JsonArray()));
        if (!tools.isEmpty()) {
            start.put("tools", tools);
        }
        boolean ours = threadId.startsWith(OURS);
        var thread = ours ? Future.succeededFuture(threadId) : create(call, messages);
        return thread.compose(id -> {
            if (ours) {
                start.put("messages", since(messages));
            }
            return ask(call, "assistants.createRun", Map.of("thread", id), start)
                    .map(run -> {
                        follow(
                                call,
                                stream,
                                id,
                                run,
                                new AgUiEvents(threadId, input.getString("runId"), run.getString("id")));
                        return Answer.events();
                    });
        });
    }

    private Future<String> create(Call call, JsonArray messages) {
        return ask(call, "assistants.createThread", Map.of(), new JsonObject().put("messages", messages))
                .map(thread -> thread.getString("id"));
    }

    /** What was said by the user and the assistant; what they said to tools is in our own log. */
    private static JsonArray messages(JsonArray given) {
        var messages = new JsonArray();
        for (var message : given) {
            if (message instanceof JsonObject said
                    && List.of("user", "assistant").contains(said.getString("role", ""))
                    && said.getValue("content") instanceof String text
                    && !text.isEmpty()) {
                messages.add(
                        new JsonObject().put("role", said.getString("role")).put("content", text));
            }
        }
        if (messages.isEmpty()) {
            throw Failure.invalid("messages", "'messages' must have a message of the user.");
        }
        return messages;
    }

    /** What the user said since the assistant did. */
    private static JsonArray since(JsonArray messages) {
        var since = new JsonArray();
        for (int i = messages.size() - 1;
                i >= 0 && messages.getJsonObject(i).getString("role").equals("user");
                i--) {
            since.add(0, messages.getJsonObject(i));
        }
        return since;
    }

    private Future<JsonObject> ask(Call call, String address, Map<String, String> parameters, JsonObject body) {
        var question = new Call(
                bus.nextId(),
                call.requestId(),
                call.caller(),
                call.address(),
                parameters,
                JsonBody.parse(body.toBuffer()));
        return bus.ask(address, question).next().map(answer -> new JsonObject(answer.body()));
    }

    private void follow(Call call, BusStream stream, String thread, JsonObject run, AgUiEvents words) {
        var parameters = Map.of(
                "thread",
                thread,
                "after",
                Long.toString(Math.max(0, run.getLong("first_seq") - 1)),
                "run",
                run.getString("id"),
                "format",
                "jsonl");
        var events = bus.ask(
                "assistants.streamEvents",
                new Call(bus.nextId(), call.requestId(), call.caller(), call.address(), parameters, null));
        stream.onCancel(events::cancel);
        stream.write(sse(words.begin(thread)));
        next(events, stream, words);
    }

    private void next(Dialogue events, BusStream stream, AgUiEvents words) {
        events.next()
                .onComplete(answer -> took(events, stream, words, answer), cause -> stream.fail(Failure.of(cause)));
    }

    private void took(Dialogue events, BusStream stream, AgUiEvents words, Answer answer) {
        var text = Buffer.buffer();
        for (var line : Line.of(answer.body())) {
            text.appendBuffer(sse(words.of(line.event())));
        }
        boolean room = text.length() == 0 || stream.write(text);
        if (words.isOver()) {
            events.cancel();
            stream.end(null);
        } else if (!answer.more()) {
            stream.fail(Failure.unavailable("The run goes on, but nobody tells of it here; its thread does."));
        } else if (room) {
            next(events, stream, words);
        } else {
            stream.onDrain(() -> next(events, stream, words));
        }
    }

    private static Buffer sse(List<JsonObject> said) {
        var text = Buffer.buffer();
        said.forEach(event ->
                text.appendString("data: ").appendString(event.encode()).appendString("\n\n"));
        return text;
    }
}
