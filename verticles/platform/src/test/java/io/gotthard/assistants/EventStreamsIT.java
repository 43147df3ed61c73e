package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Operation;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Database;
import io.gotthard.kit.Ids;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams of events as others in this house ask for them, on the bus. */
@Timeout(60)
class EventStreamsIT {

    private static final Set<String> REVOKED = ConcurrentHashMap.newKeySet();

    private static Vertx vertx;
    private static Database database;
    private static Bus bus;

    private final Caller ada = new Caller(Ids.next("key"), Ids.next("usr"), "ten_home", Permissions.ALL, null);
    private final String thread = ask("assistants.createThread", ada, new JsonObject().put("title", "Ada's"), Map.of())
            .getString("id");

    /** The part of the assistants verticle that this is about, and accounts that know everybody. */
    private static final class Served extends VerticleBase {

        @Override
        public Future<?> start() {
            var own = new Bus(vertx);
            database.migrate("assistants").await();
            var settings = new AssistantsSettings(1, Duration.ofSeconds(10), Duration.ZERO, Duration.ofSeconds(1));
            var log = EventLog.open(vertx, database, settings).await();
            var threads = new Threads(database);
            var streams = new EventStreams(vertx, own, threads);
            new AccountNews(vertx, own, database).listen().await();
            var operations = new HashMap<String, Operation>(new ThreadsApi(threads, own, log).operations());
            operations.putAll(new EventsApi(vertx, threads, log, streams).operations());
            operations.put("accounts.checkMember", Answering.with(call -> Answer.json(Buffer.buffer("{}"))));
            operations.put("accounts.renewCaller", Answering.with(Served::renew));
            var served = new ArrayList<Future<Void>>();
            operations.forEach((address, operation) -> served.add(own.serve(address, operation)));
            return Future.all(served);
        }

        private static Answer renew(Call call) {
            if (REVOKED.contains(call.parameters().get("key"))) {
                throw Failure.unauthorized("Who began this may no longer act.");
            }
            return Answer.json(Buffer.buffer("{}"));
        }
    }

    @BeforeAll
    static void serve() {
        vertx = Vertx.vertx();
        database = Database.open(vertx, TestDatabase.url());
        vertx.deployVerticle(new Served(), new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                .await();
        bus = new Bus(vertx);
    }

    @AfterAll
    static void stop() {
        database.close().await();
        vertx.close().await();
    }

    private static Dialogue begin(String address, Caller caller, JsonObject body, Map<String, String> parameters) {
        var content = body == null ? null : JsonBody.parse(body.toBuffer());
        return bus.ask(address, new Call(bus.nextId(), "req_test", caller, parameters, content));
    }

    private static JsonObject ask(String address, Caller caller, JsonObject body, Map<String, String> parameters) {
        return begin(address, caller, body, parameters).next().await().body().toJsonObject();
    }

    private Dialogue follow(String format) {
        return begin("assistants.streamEvents", ada, null, Map.of("thread", thread, "format", format));
    }

    private void say(String text) {
        ask("assistants.createThreadMessage", ada, new JsonObject().put("content", text), Map.of("thread", thread));
    }

    /** Asks for more until there are so many lines. */
    private static List<String> lines(Dialogue dialogue, int count) {
        var text = new StringBuilder();
        while (text.chars().filter(character -> character == '\n').count() < count) {
            text.append(dialogue.next().await().body());
        }
        return text.toString().lines().toList();
    }

    /** Asks for more until there is no more. */
    private static void awaitEnd(Dialogue dialogue) {
        for (boolean more = true; more; ) {
            more = dialogue.next().await().more();
        }
    }

    @Test
    void a_stream_of_lines_is_events_and_nothing_else() {
        var events = follow("jsonl");

        var first = events.next().await();
        assertThat(first.contentType()).isEqualTo("application/jsonl");
        var lines = new ArrayList<String>(first.body().toString().lines().toList());
        lines.addAll(lines(events, 2 - lines.size()));
        say("One");
        say("Two");
        lines.addAll(lines(events, 2));

        assertThat(lines).hasSize(4).allSatisfy(line -> assertThat(line).startsWith("{\"seq\":"));
        assertThat(lines.stream()
                        .map(line -> new JsonObject(line).getLong("seq"))
                        .collect(Collectors.toList()))
                .containsExactly(1L, 2L, 3L, 4L);
        events.cancel();
    }

    @Test
    void a_stream_ends_when_its_readers_key_is_revoked_and_not_when_others_are() {
        var events = follow("sse");
        events.next().await();

        bus.publish("accounts.key.changed", "");
        say("Still there");
        var text = new StringBuilder();
        while (!text.toString().contains("Still there")) {
            var answer = events.next().await();
            assertThat(answer.more()).isTrue();
            text.append(answer.body());
        }
        REVOKED.add(ada.keyId());
        bus.publish("accounts.key.changed", "");

        awaitEnd(events);
    }

    @Test
    void a_stream_ends_when_its_reader_is_removed_by_whatever_hand() {
        var events = follow("jsonl");
        lines(events, 2);

        database.pool()
                .query("delete from assistants.members where account = '" + ada.account() + "'")
                .execute()
                .await();

        awaitEnd(events);
    }

    @Test
    void an_account_reads_so_many_streams_at_a_time() {
        var streams = new ArrayList<Dialogue>();
        for (int i = 0; i < 200; i++) {
            streams.add(follow("sse"));
            streams.getLast().next().await();
        }

        assertThatThrownBy(() -> follow("sse").next().await())
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.code()).isEqualTo("too_many_streams"));

        streams.forEach(Dialogue::cancel);
    }
}
