package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Operation;
import io.gotthard.kit.Page;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What clients ask of the events of threads: a page, a stream that goes on, or a file of all. To be used on one context of virtual threads.
 */
final class EventsApi {

    private static final Logger LOG = LoggerFactory.getLogger(EventsApi.class);
    static final String JSON_LINES = "application/jsonl";

    private static final int MOST_TYPES = 20;

    /** Of one account on this node: browsers and programs have a few. */
    private static final int MOST_STREAMS = 200;

    private static final int ROWS = 100;
    private static final Pattern TYPE = Pattern.compile("[a-z_]{1,30}\\.([a-z_]{1,30}|\\*)");
    private static final Pattern RUN = Pattern.compile("[A-Za-z0-9_]{1,64}");
    private static final Pattern PLACE = Pattern.compile("[0-9]{1,18}");

    private final Vertx vertx;
    private final Threads threads;
    private final EventLog log;
    private final Set<EventStream> open = new LinkedHashSet<>();
    private boolean closing;

    EventsApi(Vertx vertx, Threads threads, EventLog log) {
        this.vertx = vertx;
        this.threads = threads;
        this.log = log;
        vertx.eventBus().<JsonObject>localConsumer(MemberChanges.CHANGED, message -> changed(message.body()));
        vertx.eventBus().localConsumer("router.server.closing", message -> close());
    }

    /** What is answered, by address. */
    Map<String, Operation> operations() {
        return Map.of(
                "assistants.listEvents", Answering.with(this::list),
                "assistants.streamEvents", Answering.with(this::stream),
                "assistants.exportThread", Answering.with(this::export));
    }

    /** {@code GET /api/v1/threads/{thread}/events}. */
    private Answer list(Call call) {
        var thread = thread(call);
        var filter = filter(call);
        var page = Page.of(call);
        long place = place("after", page.after());
        var data = new ArrayList<Logged>();
        long size = 0;
        while (true) {
            // One more than is shown tells whether there is another page.
            int wanted = Math.min(ROWS, page.rows() - data.size());
            var events = log.read(thread.number(), place, wanted, filter).await();
            for (var event : events) {
                if (data.size() == page.limit() || size > Messages.FULL_PAGE) {
                    return page(thread, data, "\"" + place + "\"");
                }
                place = event.seq();
                size += event.body().length();
                data.add(event);
            }
            if (events.size() < wanted) {
                return page(thread, data, "null");
            }
        }
    }

    private static Answer page(ThreadRow thread, List<Logged> events, String next) {
        var text = Buffer.buffer("{\"data\":[");
        for (int i = 0; i < events.size(); i++) {
            text.appendString(i == 0 ? "" : ",").appendString(events.get(i).json(thread.id()));
        }
        return Answer.json(text.appendString("],\"next\":" + next + "}"));
    }

    /**
     * {@code GET /api/v1/threads/{thread}/events/stream}, and for others in this house with the parameter {@code format}: {@code sse} or
     * {@code jsonl}.
     */
    private Answer stream(Call call, BusStream stream) {
        var thread = thread(call);
        var filter = filter(call);
        var last = call.parameters().get("last-event-id");
        long after = last == null || last.isEmpty()
                ? place("after", call.parameters().getOrDefault("after", ""))
                : place("last-event-id", last);
        var format = EventStream.Format.valueOf(
                call.parameters().getOrDefault("format", "sse").toUpperCase(Locale.ROOT));
        return open(call.caller(), thread, log.follow(thread.number(), after, filter), format, stream);
    }

    /** Streams what somebody follows who may read the thread, for as long as they may. */
    Answer open(Caller reader, ThreadRow thread, Follow follow, EventStream.Format format, BusStream stream) {
        try {
            requireRoom(reader, format);
        } catch (Failure full) {
            follow.close();
            throw full;
        }
        var events = new EventStream(vertx, thread, reader, follow, format, stream);
        open.add(events);
        Vertx.currentContext().runOnContext(begun -> {
            try {
                events.run();
            } finally {
                open.remove(events);
            }
        });
        // Somebody may have been removed since the question was checked and before this one was listed.
        recheck(events);
        return format == EventStream.Format.SSE
                ? Answer.events()
                : new Answer(200, JSON_LINES, Buffer.buffer(), true, null);
    }

    private void requireRoom(Caller caller, EventStream.Format format) {
        if (closing) {
            throw Failure.unavailable("This node is shutting down.");
        }
        if (format == EventStream.Format.SSE
                && open.stream()
                                .filter(other -> other.format() == format && isOf(other, caller.account()))
                                .count()
                        >= MOST_STREAMS) {
            throw new Failure(
                    429,
                    "rate_limit_error",
                    "too_many_streams",
                    null,
                    "You read " + MOST_STREAMS + " streams of events already. Close some.",
                    -1);
        }
    }

    private static boolean isOf(EventStream stream, String account) {
        return stream.reader().account().equals(account);
    }

    /** Somebody may have been removed, or the thread be gone. */
    private void changed(JsonObject change) {
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

    /** {@code GET /api/v1/threads/{thread}/export}. It holds nothing but its place: while its reader is slow, others use the database. */
    private Answer export(Call call, BusStream stream) {
        var thread = thread(call);
        var file = log.export(thread.number());
        var first = file.next().await();
        Vertx.currentContext().runOnContext(begun -> write(thread.id(), file, first, new Outlet(stream, file::close)));
        return new Answer(200, JSON_LINES, Buffer.buffer(), true, null)
                .with(Map.of("content-disposition", "attachment; filename=\"" + thread.id() + ".jsonl\""));
    }

    private static void write(String threadId, Follow file, List<Logged> first, Outlet outlet) {
        try {
            for (var events = first; !events.isEmpty(); events = file.next().await()) {
                var lines = Buffer.buffer();
                events.forEach(event -> lines.appendString(event.json(threadId)).appendString("\n"));
                outlet.write(lines);
            }
            outlet.end();
        } catch (Throwable e) {
            var failure = Failure.of(e);
            if (failure.status() == 500) {
                LOG.error("The export of a thread broke off", e);
            }
            outlet.fail(failure);
        }
    }

    private ThreadRow thread(Call call) {
        return threads.of(call.caller(), call.parameters().get("thread"), Role.READER);
    }

    private static Filter filter(Call call) {
        var run = call.parameters().get("run");
        if (run != null && !RUN.matcher(run).matches()) {
            throw Failure.invalid("run", "'run' must be the id of a run.");
        }
        var types = call.parameters().get("types");
        if (types == null) {
            return new Filter(run, Set.of());
        }
        var wanted = Arrays.stream(types.split(",", MOST_TYPES + 1))
                .map(String::strip)
                .toList();
        if (wanted.size() > MOST_TYPES
                || !wanted.stream().allMatch(type -> TYPE.matcher(type).matches())) {
            throw Failure.invalid(
                    "types", "'types' must be at most " + MOST_TYPES + " types of events, as in message.created,run.*");
        }
        return new Filter(run, Set.copyOf(wanted));
    }

    private static long place(String param, String text) {
        if (text.isEmpty()) {
            return 0;
        }
        if (!PLACE.matcher(text).matches()) {
            throw Failure.invalid(param, "'" + param + "' must be the place of an event, its 'seq'.");
        }
        return Long.parseLong(text);
    }

    /** Ends all streams, so that their readers go to another node before this one is gone. */
    void close() {
        closing = true;
        List.copyOf(open).forEach(EventStream::end);
    }
}
