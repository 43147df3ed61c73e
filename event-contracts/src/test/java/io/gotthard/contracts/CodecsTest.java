package io.gotthard.contracts;

import static io.gotthard.contracts.Conversations.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What travels between nodes arrives as it was sent. */
class CodecsTest {

    private static <T> T travelled(MessageCodec<T, T> codec, T value) {
        // On the wire something stands before and behind it.
        var wire = Buffer.buffer("before");
        codec.encodeToWire(wire, value);
        wire.appendString("behind");
        return codec.decodeFromWire("before".length(), wire);
    }

    private static Call travelled(Call call) {
        return travelled(Codecs.CALL, call);
    }

    @Test
    void a_call_keeps_every_field_and_every_byte_of_its_body() {
        var json = " {\"model\" : \"ä/😀\",\n\"n\":1.50, \"big\":12345678901234567890} ";
        var call = new Call(
                "id-1",
                "req ä",
                new Caller(
                        "key-1",
                        "accöunt",
                        "ten-1",
                        false,
                        List.of("rol-1"),
                        Permissions.of(List.of(List.of("gotthard.user.model.>"), List.of("aihub.admin.model.a.*"))),
                        "m/ä",
                        Residency.of(List.of("li", "ch"))),
                "2001:db8::1",
                Map.of("model", "swiss-ai/a:b ä", "empty", ""),
                JsonBody.parse(body(json)));

        var arrived = travelled(call);

        assertThat(arrived.id()).isEqualTo(call.id());
        assertThat(arrived.requestId()).isEqualTo(call.requestId());
        assertThat(arrived.caller()).isEqualTo(call.caller());
        assertThat(arrived.address()).isEqualTo(call.address());
        assertThat(arrived.parameters()).isEqualTo(call.parameters());
        assertThat(arrived.body().bytes()).hasToString(json);
        assertThat(arrived.body().fields()).isEqualTo(call.body().fields());
    }

    @Test
    void a_call_without_a_body_has_none_on_the_other_side() {
        var arrived = travelled(new Call("id", "request", Caller.NOBODY, Map.of(), null));

        assertThat(arrived.body()).isNull();
        assertThat(arrived.parameters()).isEmpty();
        assertThat(arrived.caller()).isEqualTo(Caller.NOBODY);
    }

    @Test
    void an_answer_keeps_its_usage_and_bytes_that_are_no_text() {
        var bytes = new byte[70_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        var usage = new Usage("m", "u", Long.MAX_VALUE, 2, 3, 4, true);

        var arrived = travelled(Codecs.ANSWER, new Answer(201, "audio/mpeg", Buffer.buffer(bytes), false, usage));

        assertThat(arrived.status()).isEqualTo(201);
        assertThat(arrived.contentType()).isEqualTo("audio/mpeg");
        assertThat(arrived.body().getBytes()).isEqualTo(bytes);
        assertThat(arrived.more()).isFalse();
        assertThat(arrived.usage()).isEqualTo(usage);
    }

    @Test
    void an_answer_in_a_stream_has_no_usage_yet() {
        var arrived = travelled(Codecs.ANSWER, Answer.events());

        assertThat(arrived).isEqualTo(Answer.events());
    }

    @Test
    void the_word_that_the_work_goes_on_is_understood_on_the_other_side() {
        assertThat(travelled(Codecs.ANSWER, Answer.PENDING).pending()).isTrue();
    }

    @Test
    void a_failure_keeps_every_field_and_those_that_are_not_there() {
        var arrived = travelled(Codecs.FAILURE, new Failure(429, "t", "c", "p[0].ä", "Zu viel 😀.", 1500));

        assertThat(arrived.status()).isEqualTo(429);
        assertThat(arrived.type()).isEqualTo("t");
        assertThat(arrived.code()).isEqualTo("c");
        assertThat(arrived.param()).isEqualTo("p[0].ä");
        assertThat(arrived.getMessage()).isEqualTo("Zu viel 😀.");
        assertThat(arrived.retryAfterMillis()).isEqualTo(1500);

        var bare = travelled(Codecs.FAILURE, Failure.invalid(null, "No."));
        assertThat(bare.code()).isNull();
        assertThat(bare.param()).isNull();
        assertThat(bare.retryAfterMillis()).isEqualTo(-1);
    }

    @Test
    void the_heads_on_the_wire_are_what_the_schemas_say() throws IOException {
        var call = new Call("id", "request", Caller.NOBODY, Map.of(), null);
        assertThat(head(Codecs.CALL, call)).isEqualTo(members("call"));
        assertThat(head(Codecs.FAILURE, Failure.internal())).isEqualTo(members("failure"));
        var answer = Answer.json(body("{}"), Usage.unreported("m", "u"));
        assertThat(head(Codecs.ANSWER, answer)).isEqualTo(members("answer"));
        assertThat(components(Usage.class)).isEqualTo(members("usage"));
        assertThat(components(Caller.class)).isEqualTo(members("caller"));
        assertThat(components(Finished.class)).isEqualTo(members("finished"));
        assertThat(components(BudgetReached.class)).isEqualTo(members("budget-reached"));
    }

    private static <T> Set<String> head(MessageCodec<T, T> codec, T value) {
        var wire = Buffer.buffer();
        codec.encodeToWire(wire, value);
        return new TreeSet<>(
                new JsonObject(wire.getBuffer(Integer.BYTES, Integer.BYTES + wire.getInt(0))).fieldNames());
    }

    private static Set<String> components(Class<? extends Record> type) {
        return Stream.of(type.getRecordComponents())
                .map(RecordComponent::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What a schema describes, which must also be what it requires. */
    private static Set<String> members(String name) throws IOException {
        var schema = new JsonObject(Files.readString(Path.of("schemas", name + ".json")));
        var members = new TreeSet<>(schema.getJsonObject("properties").fieldNames());
        assertThat(schema.getJsonArray("required").stream().map(String.class::cast))
                .as("required of %s", name)
                .containsExactlyInAnyOrderElementsOf(members);
        if (schema.containsKey("$ref")) {
            members.addAll(members(schema.getString("$ref").replace(".json", "")));
        }
        return members;
    }

    @Test
    void any_number_of_buses_may_be_made_at_the_same_time() {
        var vertx = Vertx.vertx();
        try {
            var made = new CompletableFuture<?>[8];
            for (int i = 0; i < made.length; i++) {
                made[i] = CompletableFuture.runAsync(() -> new Bus(vertx));
            }
            CompletableFuture.allOf(made).join();
        } finally {
            vertx.close().await();
        }
    }
}
