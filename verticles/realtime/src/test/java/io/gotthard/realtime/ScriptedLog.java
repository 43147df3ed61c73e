package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Plays assistants and accounts: logs in memory, read as the real ones are, and keys that are what they are called. A key {@code ada} is
 * account {@code ada}'s, and who may read a thread is said by {@link #member}.
 */
final class ScriptedLog extends VerticleBase {

    private static final int BATCH = 200;

    /** Somebody who reads. */
    private final class Reader {
        final BusStream stream;
        final String thread;
        final String account;
        long place;
        boolean full;

        Reader(BusStream stream, String thread, String account, long place) {
            this.stream = stream;
            this.thread = thread;
            this.account = account;
            this.place = place;
        }

        void pump() {
            var events = events(thread);
            while (!full && place < events.size()) {
                var batch = Buffer.buffer();
                int until = (int) Math.min(events.size(), place + BATCH);
                // One by one: somebody may append meanwhile, and then a part of the list is no good.
                for (int i = (int) place; i < until; i++) {
                    batch.appendString(events.get(i)).appendString("\n");
                }
                place = until;
                full = !stream.write(batch);
            }
        }
    }

    private final Map<String, List<String>> logs = new ConcurrentHashMap<>();
    private final Map<String, Set<String>> members = new ConcurrentHashMap<>();
    private final Map<String, JsonObject> runs = new ConcurrentHashMap<>();
    private final Set<String> revoked = ConcurrentHashMap.newKeySet();
    private final Map<String, Instant> expiries = new ConcurrentHashMap<>();
    private final List<Reader> readers = new CopyOnWriteArrayList<>();
    final AtomicInteger opened = new AtomicInteger();
    /** How many of the next that want to read are told that it can't be done now. */
    final AtomicInteger busy = new AtomicInteger();

    private final Set<String> demoted = ConcurrentHashMap.newKeySet();
    /** How often somebody wanted to know whose a key is. */
    final AtomicInteger asked = new AtomicInteger();
    /** Until when nobody is told. */
    volatile Future<Void> known = Future.succeededFuture();

    private Bus bus;

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        return Future.all(
                bus.serve("assistants.streamEvents", this::stream),
                bus.serve("accounts.verifyCredential", (call, stream) -> verify(call)),
                bus.serve(
                        "accounts.renewCaller",
                        (call, stream) -> known(call.parameters().get("account"))),
                new ScriptedWork(bus).serve());
    }

    @Override
    public Future<?> stop() {
        return bus.close(0);
    }

    private List<String> events(String thread) {
        return logs.computeIfAbsent(thread, name -> new CopyOnWriteArrayList<>());
    }

    /** Lets somebody read a thread. */
    void member(String thread, String account) {
        members.computeIfAbsent(thread, name -> ConcurrentHashMap.newKeySet()).add(account);
    }

    /** Takes somebody out of a thread, and tells, as assistants do. */
    void remove(String thread, String account) {
        members.get(thread).remove(account);
        for (var reader : List.copyOf(readers)) {
            if (reader.thread.equals(thread) && reader.account.equals(account)) {
                readers.remove(reader);
                context.runOnContext(go -> reader.stream.end(null));
            }
        }
        vertx.eventBus()
                .publish(
                        "assistants.member.changed",
                        new JsonObject().put("thread", thread).put("account", account));
    }

    /** Tells something that concerns accounts, as assistants do. */
    void notify(String tenant, List<String> accounts, JsonObject notification) {
        vertx.eventBus()
                .publish(
                        Sockets.NOTIFIED,
                        new JsonObject()
                                .put("tenant", tenant)
                                .put("accounts", new JsonArray(accounts))
                                .put("notification", notification));
    }

    /** An account has other rights from now on: it is no administrator any more. */
    void demote(String key) {
        demoted.add(key);
        keyChanged(key);
    }

    /** Adds events to a thread. */
    void append(String thread, int count) {
        append(thread, count, "chunk.added", "x");
    }

    /** Adds events of a type, with a text. */
    void append(String thread, int count, String type, String text) {
        append(thread, count, null, type, text);
    }

    /** Adds events of a run, which is there from its first one on. */
    void append(String thread, int count, String run, String type, String text) {
        var log = events(thread);
        if (run != null) {
            var ended = Set.of("run.stopped", "run.failed").contains(type)
                    ? Instant.now().toString()
                    : null;
            runs.computeIfAbsent(run, id -> new JsonObject().put("id", id).put("first_seq", log.size() + 1))
                    .put("thread_id", thread)
                    .put("ended_at", ended);
        }
        var added = new ArrayList<String>();
        for (int i = 1; i <= count; i++) {
            added.add(new JsonObject()
                    .put("seq", log.size() + i)
                    .put("thread_id", thread)
                    .put("id", "evt_" + (log.size() + i))
                    .put("run_id", run)
                    .put("type", type)
                    .put("data", new JsonObject().put("text", text))
                    .encode());
        }
        log.addAll(added);
        context.runOnContext(go ->
                readers.stream().filter(reader -> reader.thread.equals(thread)).forEach(Reader::pump));
    }

    /** A run, for who may see it. */
    Future<Answer> run(Call call) {
        var run = runs.get(call.parameters().get("run"));
        return run == null
                        || !members.get(run.getString("thread_id"))
                                .contains(call.caller().account())
                ? Future.failedFuture(Failure.refused(404, "run_not_found", "There is no such run."))
                : Future.succeededFuture(Answer.json(run.toBuffer()));
    }

    /** A key is no good any more. */
    void revoke(String key) {
        revoked.add(key);
        keyChanged(key);
    }

    void keyChanged(String key) {
        vertx.eventBus().publish("accounts.key.changed", io.gotthard.kit.Credential.hash(key));
    }

    void expires(String key, Instant when) {
        expiries.put(key, when);
    }

    /** Breaks all readings, as a node that dies. */
    void interrupt() {
        for (var reader : List.copyOf(readers)) {
            readers.remove(reader);
            context.runOnContext(go -> reader.stream.fail(Failure.unavailable("interrupted")));
        }
    }

    int readers() {
        return readers.size();
    }

    private Future<Answer> stream(Call call, BusStream stream) {
        var thread = call.parameters().get("thread");
        var account = call.caller().account();
        opened.incrementAndGet();
        if (busy.getAndDecrement() > 0) {
            throw Failure.unavailable("Too many at once.");
        }
        if (!members.getOrDefault(thread, Set.of()).contains(account)) {
            throw Failure.refused(404, "not_found", "There is no such thread.");
        }
        var reader = new Reader(
                stream, thread, account, Long.parseLong(call.parameters().get("after")));
        readers.add(reader);
        stream.onDrain(() -> {
            reader.full = false;
            reader.pump();
        });
        stream.onCancel(() -> readers.remove(reader));
        context.runOnContext(go -> reader.pump());
        return Future.succeededFuture(Answer.events());
    }

    private Future<Answer> verify(Call call) {
        asked.incrementAndGet();
        return known.compose(now -> verified(call));
    }

    private Future<Answer> verified(Call call) {
        var hash = call.parameters().get("hash");
        for (var key : List.of("ada", "grace", "mallory", "ada-again")) {
            if (io.gotthard.kit.Credential.hash(key).equals(hash)) {
                return known(key);
            }
        }
        throw Failure.unauthorized("unknown");
    }

    private Future<Answer> known(String key) {
        if (revoked.contains(key)) {
            throw Failure.unauthorized("revoked");
        }
        return Future.succeededFuture(Answer.json(new JsonObject()
                .put("key_id", "key_" + key)
                .put("account", key.split("-")[0])
                .put("tenant", "")
                .put("administrator", !demoted.contains(key))
                .put("roles", new JsonArray())
                .put("rules", new JsonArray())
                .put("networks", new JsonArray())
                .put("expires_at", expiries.containsKey(key) ? expiries.get(key).toString() : null)
                .toBuffer()));
    }
}
