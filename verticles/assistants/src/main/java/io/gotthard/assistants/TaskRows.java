package io.gotthard.assistants;

import io.gotthard.contracts.Caller;
import io.gotthard.kit.Database;
import io.gotthard.kit.Page;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What runs ask people, as members of their threads see it. */
final class TaskRows {

    private static final Logger LOG = LoggerFactory.getLogger(TaskRows.class);

    /** How many are closed at once because their time is over. */
    private static final int MOST_EXPIRED = 100;

    private static final String VISIBLE = """
        select k.*, t.id as thread_id, r.agent_class || '/' || r.agent as agent, m.role
        from assistants.members m join assistants.threads t on t.number = m.thread
        join assistants.tasks k on k.thread = t.number join assistants.runs r on r.id = k.run
        where m.account = $1 and t.tenant = $2 and t.deleted_at is null and k.kind <> 'function'
        """;

    private final Database database;

    TaskRows(Database database) {
        this.database = database;
    }

    /** Those that the caller can answer, the oldest first. */
    Future<JsonObject> open(Caller caller, Page page) {
        return ask(VISIBLE + """
             and k.closed_at is null and m.role in ('owner', 'editor') and ($3 = ''
                or (k.created_at, k.id) > (select created_at, id from assistants.tasks where id = $3))
            order by k.created_at, k.id limit $4
            """, caller.account(), caller.tenant(), page.after(), page.rows())
                .map(rows -> page.json(rows, TaskRows::json));
    }

    /** One, open or not; fails with 404 if there is none that the caller may see. */
    Future<Row> find(Caller caller, String task) {
        return ask(VISIBLE + " and k.id = $3", caller.account(), caller.tenant(), task)
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw Refusal.notFound("task");
                    }
                    return rows.iterator().next();
                });
    }

    /** As clients see it. */
    static JsonObject json(Row row) {
        var request = row.getJsonObject("request");
        var answer = row.getJsonObject("answer");
        var closed = Times.text(row, "closed_at");
        return new JsonObject()
                .put("id", row.getString("id"))
                .put("object", "task")
                .put("thread_id", row.getString("thread_id"))
                .put("run_id", row.getString("run"))
                .put("agent", row.getString("agent"))
                .put("kind", row.getString("kind"))
                .put("status", closed == null ? "open" : answer == null ? "closed" : "answered")
                .put("prompt", request.getString("prompt"))
                .put("options", request.getJsonArray("options"))
                .put("schema", request.getJsonObject("schema"))
                .put("tool", request.getString("tool"))
                .put("arguments", request.getJsonObject("arguments"))
                .put("answer", answer == null ? null : answer.getValue("answer"))
                .put("answered_by", row.getString("answered_by"))
                .put("created_at", Times.text(row, "created_at"))
                .put("expires_at", Times.text(row, "expires_at"))
                .put("closed_at", closed);
    }

    /** Closes those whose time is over; the runs go on and are told. To be called on a virtual thread. */
    void expire() {
        var late = ask("""
            select id, thread from assistants.tasks
            where closed_at is null and expires_at is not null and expires_at < now() order by expires_at limit $1
            """, MOST_EXPIRED).await();
        for (var row : late) {
            try {
                RunChange.in(database, row.getLong("thread"), change -> {
                    new Answers(change).expire(row.getString("id"));
                    return null;
                });
            } catch (Throwable e) {
                LOG.debug("Task {} could not be closed; it is tried again", row.getString("id"), e);
            }
        }
    }

    private Future<RowSet<Row>> ask(String sql, Object... values) {
        return database.pool().preparedQuery(sql).execute(Tuple.from(values));
    }
}
