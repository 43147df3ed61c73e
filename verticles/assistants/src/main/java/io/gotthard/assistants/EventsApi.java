package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Operation;
import io.gotthard.kit.Page;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
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

    private static final int ROWS = 100;

    /** How often a page looks at the log without finding as many as it wants. */
    private static final int MOST_LOOKS = 20;

    private static final Pattern TYPE = Pattern.compile("[a-z_]{1,30}\\.([a-z_]{1,30}|\\*)");
    private static final Pattern RUN = Pattern.compile("[A-Za-z0-9_]{1,64}");
    private static final Pattern PLACE = Pattern.compile("[0-9]{1,18}");

    private final Vertx vertx;
    private final Threads threads;
    private final EventLog log;
    private final EventStreams streams;

    EventsApi(Vertx vertx, Threads threads, EventLog log, EventStreams streams) {
        this.vertx = vertx;
        this.threads = threads;
        this.log = log;
        this.streams = streams;
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
        for (int looks = 0; looks < MOST_LOOKS; ) {
            // One more than is shown tells whether there is another page.
            int wanted = Math.min(ROWS, page.rows() - data.size());
            var part = log.look(thread.number(), place, wanted, filter).await();
            for (var event : part.events()) {
                if (data.size() == page.limit() || size > Messages.FULL_PAGE) {
                    return page(thread, data, "\"" + place + "\"");
                }
                place = event.seq();
                size += event.body().length();
                data.add(event);
            }
            if (part.place() >= part.last()) {
                return page(thread, data, "null");
            }
            place = part.place();
            looks += part.events().size() < wanted ? 1 : 0;
        }
        // Hardly any of a long log is wanted: whoever turns the page looks further.
        return page(thread, data, "\"" + place + "\"");
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
        streams.requireRoom(call.caller(), format);
        var follow = log.follow(thread.number(), after, filter);
        streams.begin(new EventStream(vertx, thread, call.caller(), follow, format, stream));
        return format == EventStream.Format.SSE
                ? Answer.events()
                : new Answer(200, JSON_LINES, Buffer.buffer(), true, null);
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
                outlet.write(events, event -> event.json(threadId) + "\n");
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
}
