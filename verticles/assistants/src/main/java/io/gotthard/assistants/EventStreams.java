package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The streams of events that this node sends: none goes on longer than its reader may read. Whoever was removed from a thread, and whoever's
 * key is no longer good, is sent nothing more within a second, by whatever node that was decided. On one context of virtual threads.
 */
final class EventStreams {

    /** Of one account: browsers and programs have a few. */
    private static final int MOST = 200;

    /** Changes of keys often come together, and one look is enough for all of them. */
    private static final long LOOK_MILLIS = 200;

    private final Vertx vertx;
    private final Bus bus;
    private final Threads threads;
    private final Set<EventStream> open = new LinkedHashSet<>();
    private boolean looking;
    private boolean closing;

    EventStreams(Vertx vertx, Bus bus, Threads threads) {
        this.vertx = vertx;
        this.bus = bus;
        this.threads = threads;
        vertx.eventBus()
                .<JsonObject>localConsumer(AccountNews.MEMBER_CHANGED, message -> memberChanged(message.body()));
        vertx.eventBus().localConsumer("accounts.key.changed", message -> keyChanged());
        vertx.eventBus().localConsumer("router.server.closing", message -> close());
    }

    /** @throws Failure 429 if somebody reads too many already, 503 if no more begin here */
    void requireRoom(Caller caller, EventStream.Format format) {
        if (closing) {
            throw Failure.unavailable("This node is shutting down.");
        }
        long count = open.stream()
                .filter(other -> other.format() == format && isOf(other, caller.account()))
                .count();
        if (format == EventStream.Format.SSE && count >= MOST) {
            var message = "You read " + MOST + " streams of events already. Close some.";
            throw new Failure(429, "rate_limit_error", "too_many_streams", null, message, -1);
        }
    }

    /** Lets a stream run until its end. */
    void begin(EventStream stream) {
        open.add(stream);
        Vertx.currentContext().runOnContext(begun -> {
            try {
                stream.run();
            } finally {
                open.remove(stream);
            }
        });
        // Somebody may have been removed since it was looked whether they may read, and before this one was listed.
        recheck(stream);
    }

    private static boolean isOf(EventStream stream, String account) {
        return stream.reader().account().equals(account);
    }

    /** Somebody may have been removed, or the thread be gone. */
    private void memberChanged(JsonObject change) {
        var thread = change.getString("thread");
        var account = change.getString("account");
        for (var stream : List.copyOf(open)) {
            if (thread.isEmpty() || (stream.threadId().equals(thread) && isOf(stream, account))) {
                recheck(stream);
            }
        }
    }

    /** Ends the stream of who may not read it any more, and of whom that can't be told: they come back when it can. */
    private void recheck(EventStream stream) {
        try {
            threads.of(stream.reader(), stream.threadId(), Role.READER);
        } catch (Throwable e) {
            stream.end();
        }
    }

    private void keyChanged() {
        if (!looking && !open.isEmpty()) {
            looking = true;
            vertx.setTimer(LOOK_MILLIS, due -> {
                looking = false;
                open.stream().map(EventStream::reader).distinct().toList().forEach(this::renew);
            });
        }
    }

    private void renew(Caller reader) {
        var parameters = Map.of("key", reader.keyId(), "account", reader.account(), "tenant", reader.tenant());
        var id = bus.nextId();
        try {
            bus.ask("accounts.renewCaller", new Call(id, id, Caller.NOBODY, parameters, null))
                    .next()
                    .await();
        } catch (Failure failure) {
            if (failure.status() == 401) {
                List.copyOf(open).stream()
                        .filter(stream -> stream.reader().equals(reader))
                        .forEach(EventStream::end);
            }
        }
    }

    /** Ends all streams, so that their readers go to another node before this one is gone. */
    void close() {
        closing = true;
        List.copyOf(open).forEach(EventStream::end);
    }
}
