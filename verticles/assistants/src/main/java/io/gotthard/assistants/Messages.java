package io.gotthard.assistants;

import io.gotthard.contracts.Call;
import io.gotthard.kit.Page;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.List;

/** The messages of a thread: a view of its log, of those events that say one. To be used from a virtual thread. */
final class Messages {

    /** Of the events of a page, in characters: what comes behind is on the next one. */
    static final int FULL_PAGE = 2 * 1024 * 1024;

    /** So many are read at a time, because each can be large. */
    private static final int ROWS = 20;

    private static final String BACKWARDS = """
        select seq, type, display, run, body from assistants.events
        where thread = $1 and type = 'message.created' and seq < $2 order by seq desc limit $3
        """;

    private static final String FORWARDS = """
        select seq, type, display, run, body from assistants.events
        where thread = $1 and type = 'message.created' and seq > $2 order by seq limit $3
        """;

    private final Threads threads;
    private final EventLog log;

    Messages(Threads threads, EventLog log) {
        this.threads = threads;
        this.log = log;
    }

    /** {@code GET /api/v1/threads/{thread}/messages}. */
    JsonObject list(Call call) {
        return ThreadWork.in(threads.transactions(), call, work -> {
            var thread = work.find(Threads.checked(call.parameters().get("thread")));
            boolean forwards = "asc".equals(call.parameters().get("order"));
            var page = work.transaction().page();
            long place = forwards ? behind(page) : page.before();
            var data = new JsonArray();
            long size = 0;
            while (true) {
                // One more than is shown tells whether there is another page.
                int wanted = Math.min(ROWS, page.rows() - data.size());
                var rows = work.run(forwards ? FORWARDS : BACKWARDS, thread.number(), place, wanted);
                for (var row : rows) {
                    if (data.size() == page.limit() || size > FULL_PAGE) {
                        return new JsonObject().put("data", data).put("next", Long.toString(place));
                    }
                    place = row.getLong("seq");
                    size += row.getString("body").length();
                    data.add(json(logged(row)));
                }
                if (rows.size() < wanted) {
                    return new JsonObject().put("data", data).putNull("next");
                }
            }
        });
    }

    private static long behind(Page page) {
        return page.after().isEmpty() ? 0 : page.before();
    }

    private static Logged logged(Row row) {
        return new Logged(
                row.getLong("seq"),
                row.getString("type"),
                row.getString("display"),
                row.getString("run"),
                row.getString("body"));
    }

    /** {@code POST /api/v1/threads/{thread}/messages}: it is in the log, and that is all; who wants an answer starts a run. */
    JsonObject append(Call call) {
        var thread = threads.of(call.caller(), call.parameters().get("thread"), Role.EDITOR);
        var message = ThreadForm.of(call).message("content");
        var draft = new Draft(message, null, null, call.caller().account());
        var logged = log.append(new Appending(thread.number(), List.of(draft), null, null))
                .await();
        return json(logged.getFirst());
    }

    /** A message as clients see it, of the event that says it. */
    static JsonObject json(Logged logged) {
        var event = new JsonObject(logged.body());
        var data = event.getJsonObject("data");
        var message = new JsonObject()
                .put("id", data.getString("message_id"))
                .put("seq", logged.seq())
                .put("role", data.getString("role"))
                .put("content", data.getValue("content"))
                .put("author", event.getString("author"))
                .put("run_id", logged.run())
                .put("created_at", event.getString("created_at"));
        for (var member : List.of("tool_calls", "tool_call_id")) {
            if (data.containsKey(member)) {
                message.put(member, data.getValue(member));
            }
        }
        return message;
    }
}
