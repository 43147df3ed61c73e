package io.gotthard.assistants;

import io.gotthard.kit.Database;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads what a run has to know from the thread's log: what was said before it, and what happened in it. */
final class StoryReader {

    /** Of what was said before a run, in characters of its events: about a million tokens. */
    static final int MOST_BEFORE = 4 << 20;

    /** So much is read at a time. */
    private static final int ROWS = 500;

    private static final long BYTES = 1 << 20;

    static final String[] OF_RUNS = {
        "run.started",
        "message.created",
        "tool.called",
        "tool.returned",
        "agent.called",
        "agent.returned",
        "input.requested",
        "input.answered"
    };

    /**
     * What was said before a run.
     *
     * @param messages as models see them
     * @param cut whether there was more, which is older
     */
    record Before(List<JsonObject> messages, boolean cut) {}

    private final Database database;

    StoryReader(Database database) {
        this.database = database;
    }

    /**
     * What is known of a run by now. To be called on a virtual thread.
     *
     * @param before the messages of before it began
     */
    Story read(RunRow run, List<JsonObject> before) {
        var story = new Story(before);
        for (var row : ask("""
            select type, body from assistants.events
            where thread = $1 and seq >= $2 and run = $3 and type = any ($4) order by seq
            """, run.thread(), run.firstSeq(), run.id(), OF_RUNS)) {
            story.add(row.getString("type"), data(row));
        }
        return story;
    }

    /** The message that an earlier attempt was writing when it broke off, or null. */
    String openMessage(RunRow run) {
        // What is only shown is behind the last control event of the run, or it was dropped or completed before.
        var rows = ask("""
            select type, body from assistants.events
            where thread = $1 and seq >= $2 and run = $3
                and type in ('chunk.added', 'thought.added', 'message.dropped', 'message.created', 'tool.returned', 'agent.returned')
            order by seq desc limit 1
            """, run.thread(), run.firstSeq(), run.id());
        if (rows.size() == 0) {
            return null;
        }
        var row = rows.iterator().next();
        return row.getString("type").endsWith(".added") ? data(row).getString("message_id") : null;
    }

    /** What the last answer of the run took. */
    Turn.Consumed lastConsumed(RunRow run) {
        var used =
                data(ask("""
                    select body from assistants.events
                    where thread = $1 and seq >= $2 and run = $3 and type = 'usage.recorded' order by seq desc limit 1
                    """, run.thread(), run.firstSeq(), run.id()).iterator().next());
        return new Turn.Consumed(
                used.getString("model"),
                used.getLong("prompt_tokens"),
                used.getLong("completion_tokens"),
                used.getLong("cached_tokens"),
                used.getLong("reasoning_tokens"),
                used.getString("receipt"));
    }

    /**
     * What people and their assistants said in the thread before a run, which never changes; not what assistants that were asked by others
     * did. Only those events are read that say it, however many parts the messages were shown in. Of more than {@link #MOST_BEFORE} the
     * oldest is not there. Of a run that another one began it is nothing.
     */
    Before before(RunRow run) {
        var rows = new ArrayDeque<Row>();
        boolean cut = run.depth() == 0 && read(run, rows);
        var story = new Story(List.of());
        rows.forEach(row -> story.add(row.getString("type"), data(row)));
        var messages = whole(story.messages());
        while (cut && !messages.isEmpty() && !"user".equals(messages.getFirst().getString("role"))) {
            // Models refuse a conversation that begins with an answer.
            messages.removeFirst();
        }
        return new Before(messages, cut);
    }

    /** Reads backwards; true if that was too much. */
    private boolean read(RunRow run, ArrayDeque<Row> rows) {
        long place = run.firstSeq();
        long size = 0;
        while (true) {
            var part = ask("""
                select seq, type, body from (
                    select *, sum(octet_length(body)) over (order by seq desc) - octet_length(body) as behind
                    from (
                        select one.* from (values ('message.created'), ('tool.returned'), ('agent.returned')) as said (type)
                        cross join lateral (
                            select seq, events.type, body from assistants.events
                            where thread = $1 and events.type = said.type and seq < $2 and (run is null or run = display)
                                and events.type not in ('chunk.added', 'thought.added')
                            order by seq desc limit $3
                        ) one order by seq desc limit $3
                    ) part
                ) sized where behind < $4 order by seq desc
                """, run.thread(), place, ROWS, BYTES);
            if (part.size() == 0) {
                return false;
            }
            for (var row : part) {
                size += row.getString("body").length();
                if (size > MOST_BEFORE) {
                    return true;
                }
                rows.addFirst(row);
                place = row.getLong("seq");
            }
        }
    }

    /**
     * Without calls that nothing came of, such as those of a run that was cancelled, and without results whose call is too long ago:
     * models refuse both.
     */
    private static List<JsonObject> whole(List<JsonObject> messages) {
        var returned = new HashSet<String>();
        messages.forEach(message -> returned.add(message.getString("tool_call_id")));
        var called = new HashSet<String>();
        var whole = new ArrayList<JsonObject>();
        for (var message : messages) {
            if ("tool".equals(message.getString("role"))) {
                if (called.contains(message.getString("tool_call_id"))) {
                    whole.add(message);
                }
            } else if (isReturned(message, returned)) {
                message.getJsonArray("tool_calls", new JsonArray())
                        .forEach(call -> called.add(((JsonObject) call).getString("id")));
                whole.add(message);
            } else if (message.getValue("content") instanceof String text && !text.isEmpty()) {
                var rest = message.copy();
                rest.remove("tool_calls");
                whole.add(rest);
            }
        }
        return whole;
    }

    private static boolean isReturned(JsonObject message, Set<String> returned) {
        return message.getJsonArray("tool_calls", new JsonArray()).stream()
                .allMatch(call -> returned.contains(((JsonObject) call).getString("id")));
    }

    private static JsonObject data(Row row) {
        return new JsonObject(row.getString("body")).getJsonObject("data");
    }

    private RowSet<Row> ask(String sql, Object... values) {
        return database.pool().preparedQuery(sql).execute(Tuple.from(values)).await();
    }
}
