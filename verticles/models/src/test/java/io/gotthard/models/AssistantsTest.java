package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Meter;
import io.gotthard.contracts.Permissions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names that are no model's are asked from whoever has assistants, over a real bus. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class AssistantsTest {

    private static final Caller CALLER = new Caller("key", "account", "tenant", Permissions.ALL, null);
    private static final int PIECE = 64 * 1024;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile BiFunction<Call, BusStream, Future<Answer>> chat = (call, stream) -> Future.succeededFuture(
            Answer.json(Buffer.buffer("{\"said\":\"hello\"}")).with(Map.of("x-gotthard-run", "run_1")));
    private Bus bus;

    @BeforeEach
    void start() throws Exception {
        var settings =
                new ModelsSettings(Map.of(), Map.of(), new ExternalSettings(null, "swissai"), Duration.ofSeconds(1));
        await(() -> vertx.deployVerticle(new ModelsVerticle(settings, Meter.OFF)));
        bus = await(() -> Future.succeededFuture(new Bus(vertx)));
    }

    private void serve() throws Exception {
        await(() -> bus.serve("assistants.createChatCompletion", (call, stream) -> {
            asked.incrementAndGet();
            return chat.apply(call, stream);
        }));
        await(() -> bus.serve("assistants.listModels", (call, stream) -> {
            var named = call.parameters().get("model");
            var data = new JsonArray();
            if (named == null || named.equals("Assistant/a")) {
                data.add(new JsonObject().put("id", "Assistant/a"));
            }
            return Future.succeededFuture(
                    Answer.json(new JsonObject().put("data", data).toBuffer()));
        }));
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private <T> T await(Supplier<Future<T>> work) throws Exception {
        var promise = Promise.<T>promise();
        vertx.runOnContext(go -> work.get().onComplete(promise));
        try {
            return promise.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private Dialogue dialogue(String address, Map<String, String> parameters, String model) {
        var body = new JsonObject()
                .put("model", model)
                .put(
                        "messages",
                        new JsonArray().add(new JsonObject().put("role", "user").put("content", "Hi")));
        return bus.ask(
                address,
                new Call(bus.nextId(), "request", CALLER, "127.0.0.1", parameters, JsonBody.parse(body.toBuffer())));
    }

    private Answer ask(String address, Map<String, String> parameters, String model) throws Exception {
        return await(() -> dialogue(address, parameters, model).next());
    }

    private Answer ask(String model) throws Exception {
        return ask("models.createChatCompletion", Map.of(), model);
    }

    private Failure refused(String model) {
        return catchThrowableOfType(Failure.class, () -> ask(model));
    }

    @Test
    void a_name_that_is_no_models_is_asked_from_the_assistants_and_its_headers_come_back() throws Exception {
        serve();
        var answer = ask("Assistant/a");
        assertThat(answer.body()).hasToString("{\"said\":\"hello\"}");
        assertThat(answer.headers()).containsEntry("x-gotthard-run", "run_1");
    }

    @Test
    void a_model_and_a_name_without_a_slash_are_no_concern_of_the_assistants() throws Exception {
        serve();
        ask("demo-chat");
        assertThat(refused("nope").code()).isEqualTo("model_not_found");
        assertThat(asked).hasValue(0);
    }

    @Test
    void without_assistants_a_name_is_unknown_and_the_list_is_the_models() throws Exception {
        assertThat(refused("Assistant/a").status()).isEqualTo(404);
        assertThat(refused("Assistant/a").getMessage())
                .isEqualTo(Failure.modelNotFound("Assistant/a").getMessage());
        assertThat(ask("models.listModels", Map.of(), "x").body().toJsonObject().getJsonArray("data"))
                .hasSize(2);
    }

    @Test
    void the_list_has_both_and_one_can_be_retrieved() throws Exception {
        serve();
        assertThat(ask("models.listModels", Map.of(), "x").body().toString()).contains("demo-chat", "Assistant/a");
        assertThat(ask("models.retrieveModel", Map.of("model", "Assistant/a"), "x")
                        .body()
                        .toString())
                .contains("Assistant/a");
        var unknown = catchThrowableOfType(
                Failure.class, () -> ask("models.retrieveModel", Map.of("model", "Assistant/b"), "x"));
        assertThat(unknown.code()).isEqualTo("model_not_found");
    }

    @Test
    void assistants_that_say_nothing_do_not_keep_the_models_from_being_listed() throws Exception {
        var gone = new CompletableFuture<Void>();
        await(() -> bus.serve("assistants.listModels", (call, stream) -> {
            stream.onCancel(() -> gone.complete(null));
            return Promise.<Answer>promise().future();
        }));
        assertThat(ask("models.listModels", Map.of(), "x").body().toJsonObject().getJsonArray("data"))
                .hasSize(2);
        gone.get(20, TimeUnit.SECONDS);
    }

    @Test
    void what_an_assistant_refuses_is_refused() throws Exception {
        serve();
        chat = (call, stream) -> Future.failedFuture(Failure.invalid("n", "Too many."));
        assertThat(refused("Assistant/a").param()).isEqualTo("n");
    }

    @Test
    void a_stream_comes_whole_however_large_and_not_faster_than_it_is_taken() throws Exception {
        serve();
        var written = new AtomicInteger();
        chat = (call, stream) -> {
            Runnable[] more = new Runnable[1];
            more[0] = () -> {
                boolean room = true;
                while (room && written.get() < 40) {
                    written.incrementAndGet();
                    room = stream.write(Buffer.buffer("x".repeat(PIECE)));
                }
                if (written.get() == 40 && room) {
                    stream.end(null);
                }
            };
            stream.onDrain(more[0]);
            vertx.runOnContext(go -> more[0].run());
            return Future.succeededFuture(Answer.events().with(Map.of("x-gotthard-run", "run_1")));
        };
        var dialogue = dialogue("models.createChatCompletion", Map.of(), "Assistant/a");
        var first = await(dialogue::next);
        assertThat(first.contentType()).isEqualTo(Answer.SSE);
        assertThat(first.headers()).containsEntry("x-gotthard-run", "run_1");
        // Nobody asks for more: what is between here and there is bounded.
        var settled = settled(written);
        assertThat(settled).isLessThan(12);
        long bytes = first.body().length();
        var answer = first;
        while (answer.more()) {
            answer = await(dialogue::next);
            bytes += answer.body().length();
        }
        assertThat(bytes).isEqualTo(40L * PIECE);
    }

    /** The count, once it stays the same for a while: rounds over the bus are much shorter. */
    private int settled(AtomicInteger count) throws Exception {
        int before = -1;
        while (before != count.get()) {
            before = count.get();
            await(() -> vertx.timer(200, TimeUnit.MILLISECONDS));
        }
        return before;
    }

    @Test
    void an_asker_who_leaves_takes_the_assistants_answer_with_them() throws Exception {
        serve();
        var gone = new CompletableFuture<Void>();
        chat = (call, stream) -> {
            stream.onCancel(() -> gone.complete(null));
            stream.write(Buffer.buffer("data: 1\n\n"));
            return Future.succeededFuture(Answer.events());
        };
        var dialogue = dialogue("models.createChatCompletion", Map.of(), "Assistant/a");
        assertThat(await(dialogue::next).body().toString()).isEqualTo("data: 1\n\n");
        await(() -> {
            dialogue.cancel();
            return Future.succeededFuture();
        });
        gone.get(20, TimeUnit.SECONDS);
    }

    @Test
    void an_asker_who_leaves_before_the_first_word_does_too() throws Exception {
        serve();
        var gone = new CompletableFuture<Void>();
        var begun = new CompletableFuture<Void>();
        chat = (call, stream) -> {
            stream.onCancel(() -> gone.complete(null));
            begun.complete(null);
            return Promise.<Answer>promise().future();
        };
        var dialogue = dialogue("models.createChatCompletion", Map.of(), "Assistant/a");
        vertx.runOnContext(go -> dialogue.next());
        begun.get(20, TimeUnit.SECONDS);
        await(() -> {
            dialogue.cancel();
            return Future.succeededFuture();
        });
        gone.get(20, TimeUnit.SECONDS);
    }

    @Test
    void a_stream_that_breaks_brings_what_was_said_and_then_the_cause() throws Exception {
        serve();
        chat = (call, stream) -> {
            stream.write(Buffer.buffer("data: 1\n\n"));
            stream.fail(Failure.timeout("Too slow."));
            return Future.succeededFuture(Answer.events());
        };
        var dialogue = dialogue("models.createChatCompletion", Map.of(), "Assistant/a");
        assertThat(await(dialogue::next).body().toString()).isEqualTo("data: 1\n\n");
        assertThat(catchThrowableOfType(Failure.class, () -> await(dialogue::next))
                        .status())
                .isEqualTo(504);
    }

    @Test
    void the_same_idempotency_key_asks_an_assistant_once() throws Exception {
        serve();
        var key = Map.of("idempotency-key", "k1");
        assertThat(ask("models.createChatCompletion", key, "Assistant/a").body().toString())
                .contains("hello");
        assertThat(ask("models.createChatCompletion", key, "Assistant/a").body().toString())
                .contains("hello");
        assertThat(asked).hasValue(1);
    }
}
