package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Permissions;
import io.gotthard.models.Kind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Asks the demo over a real bus, from another context than the one it answers on. */
final class DemoAsker {

    private final Vertx vertx = Vertx.vertx();
    private final Context answering = vertx.getOrCreateContext();
    private final Context asking = vertx.getOrCreateContext();
    private final Bus serving;
    private final Bus bus;

    DemoAsker() throws Exception {
        var demo = new Demo(vertx);
        serving = on(answering, () -> Future.succeededFuture(new Bus(vertx)));
        on(answering, () -> {
            for (var kind : Kind.values()) {
                var model = kind == Kind.EMBEDDING ? Demo.EMBEDDING_MODEL : Demo.CHAT_MODEL;
                serving.serve(
                        "models." + kind,
                        (call, stream) -> demo.ask(
                                new Question(kind, call, model, Demo.UPSTREAM, model, new Tally()),
                                new BusOutlet(stream)));
            }
            return Future.succeededFuture();
        });
        bus = on(asking, () -> Future.succeededFuture(new Bus(vertx)));
    }

    private static <T> T on(Context context, Supplier<Future<T>> work) throws Exception {
        var promise = Promise.<T>promise();
        context.runOnContext(go -> work.get().onComplete(promise));
        return promise.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    Dialogue dialogue(Kind kind, Object body) {
        var caller = new Caller("key", "account", "tenant", Permissions.ALL, null);
        var call = new Call(bus.nextId(), "request", caller, Map.of(), JsonBody.parse(Buffer.buffer(body.toString())));
        return bus.ask("models." + kind, call);
    }

    Answer next(Dialogue dialogue) throws Exception {
        return on(asking, dialogue::next);
    }

    void cancel(Dialogue dialogue) {
        asking.runOnContext(go -> dialogue.cancel());
    }

    /** How many dialogues the demo is answering at the moment. */
    int open() throws Exception {
        return on(answering, () -> Future.succeededFuture(serving.open()));
    }

    Answer whole(Kind kind, Object body) throws Exception {
        return next(dialogue(kind, body));
    }

    JsonObject json(Kind kind, Object body) throws Exception {
        return whole(kind, body).body().toJsonObject();
    }

    JsonObject chat(JsonObject body) throws Exception {
        return json(Kind.CHAT, body);
    }

    /** All answers of a stream, in order. */
    List<Answer> stream(Kind kind, JsonObject body) throws Exception {
        var dialogue = dialogue(kind, body.copy().put("stream", true));
        var answers = new ArrayList<Answer>();
        do {
            answers.add(next(dialogue));
        } while (answers.getLast().more());
        return answers;
    }

    /** The events of a stream, without what frames them. */
    static List<String> events(List<Answer> answers) {
        var text = Buffer.buffer();
        answers.forEach(answer -> text.appendBuffer(answer.body()));
        var all = text.toString();
        if (!all.endsWith("\n\n")) {
            throw new AssertionError("the last event is not whole");
        }
        return Stream.of(all.split("\n\n"))
                .map(event -> {
                    if (!event.startsWith("data: ") || event.contains("\n")) {
                        throw new AssertionError("not an event: " + event);
                    }
                    return event.substring("data: ".length());
                })
                .toList();
    }

    /** The chunks of a stream, which must have been ended with {@code [DONE]}. */
    static List<JsonObject> chunks(List<Answer> answers) {
        var events = events(answers);
        if (!events.getLast().equals("[DONE]")) {
            throw new AssertionError("the stream was not ended: " + events.getLast());
        }
        return events.subList(0, events.size() - 1).stream()
                .map(JsonObject::new)
                .toList();
    }

    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
