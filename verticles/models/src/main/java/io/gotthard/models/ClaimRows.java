package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.kit.Database;
import io.gotthard.models.Claims.Held;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** What is asked of the tables of claims; a node that has been silent for 15 seconds holds none. */
final class ClaimRows {

    private static final String BEGIN = "insert into models.nodes default values returning id";
    private static final String END = "delete from models.nodes where id = $1";

    private static final String SETTLE = """
        with released as (delete from models.claims where node = $1 and id = any ($2))
        update models.claims set ends_at = now() + $4 * interval '1 millisecond' where node = $1 and id = any ($3)
        """;

    /** In the order of ids, as everybody does. */
    private static final String CLAIM = """
        insert into models.claims as c (id, print, node)
        select w.id, w.print, $1 from unnest($2::bytea[], $3::bytea[]) as w (id, print) order by w.id
        on conflict (id) do update set print = excluded.print, node = excluded.node, begun_at = now(), ends_at = 'infinity',
            wanted = false, gone = false, status = null, content_type = null, headers = null, streaming = null, body = null
        where c.ends_at < now() or not exists (
            select from models.nodes n where n.id = c.node and n.seen_at > now() - interval '15 seconds')
        returning c.id
        """;

    private static final String HOLDER = """
        update models.claims set wanted = true where id = $1
        returning print, gone or node = $2 as gone, status, content_type, headers, streaming, body
        """;

    private static final String BEAT = """
        with beat as (update models.nodes set seen_at = now() where id = $1 returning id)
        select c.id as wanted from beat
        left join models.claims c on c.node = beat.id and c.wanted and not c.gone and c.status is null
        """;

    private static final String STORE = """
        update models.claims set status = $3, content_type = $4, headers = $5, streaming = $6, body = $7
        where id = $1 and node = $2
        """;

    private static final String GONE = "update models.claims set gone = true where id = $1 and node = $2";

    private static final String CLEAN_CLAIMS = """
        delete from models.claims c where c.ends_at < now()
            or not exists (select from models.nodes n where n.id = c.node)
            -- A request can't last so long: its end was lost, as happens while the database is away.
            or c.begun_at < now() - interval '2 days'
        """;
    private static final String CLEAN_NODES = "delete from models.nodes where seen_at < now() - interval '1 hour'";

    private final Database database;

    ClaimRows(Database database) {
        this.database = database;
    }

    /** A new node. */
    Future<Long> begin() {
        return ask(BEGIN, Tuple.tuple()).map(rows -> rows.iterator().next().getLong(0));
    }

    /** The node is no more, and so holds nothing. */
    Future<?> end(long node) {
        return ask(END, Tuple.of(node));
    }

    /** @param finished claims that end after a while, whose answers are complete */
    Future<?> settle(SqlClient client, long node, List<String> released, List<String> finished, Duration keep) {
        return released.isEmpty() && finished.isEmpty()
                ? Future.succeededFuture()
                : client.preparedQuery(SETTLE)
                        .execute(Tuple.of(node, array(released), array(finished), keep.toMillis()));
    }

    /** Claims what nobody holds. @return the ids of these */
    Future<Set<String>> claim(SqlClient client, long node, List<KeptAnswer> wanted) {
        if (wanted.isEmpty()) {
            return Future.succeededFuture(Set.of());
        }
        var ids = array(wanted.stream().map(KeptAnswer::id).toList());
        var prints =
                wanted.stream().map(answer -> Buffer.buffer(answer.print())).toArray(Buffer[]::new);
        return client.preparedQuery(CLAIM).execute(Tuple.of(node, ids, prints)).map(rows -> {
            Set<String> claimed = new HashSet<>();
            rows.forEach(row -> claimed.add(hex(row)));
            return claimed;
        });
    }

    /** Who holds it; if nobody does any more, as if the answer were not there yet. The holder is told that it is wanted. */
    Future<Held> holder(SqlClient client, long node, KeptAnswer wanted) {
        return client.preparedQuery(HOLDER)
                .execute(Tuple.of(bytes(wanted.id()), node))
                .map(rows -> rows.size() == 0
                        ? new Held(wanted.print(), false, null)
                        : held(rows.iterator().next()));
    }

    private static Held held(Row row) {
        var print = row.getBuffer("print").getBytes();
        if (row.getInteger("status") == null) {
            return new Held(print, row.getBoolean("gone"), null);
        }
        var headers = new HashMap<String, String>();
        row.getJsonObject("headers").forEach(header -> headers.put(header.getKey(), (String) header.getValue()));
        var answer = new Answer(
                row.getInteger("status"),
                row.getString("content_type"),
                row.getBuffer("body"),
                row.getBoolean("streaming"),
                null,
                headers);
        return new Held(print, false, answer);
    }

    /** Says that the node lives. @return the ids of answers that others want; null if the node was forgotten */
    Future<List<String>> beat(long node) {
        return ask(BEAT, Tuple.of(node)).map(rows -> {
            var wanted = new ArrayList<String>();
            rows.forEach(row -> {
                if (row.getBuffer(0) != null) {
                    wanted.add(hex(row));
                }
            });
            return rows.size() == 0 ? null : wanted;
        });
    }

    /** Hands out an answer. */
    Future<?> store(String id, long node, Answer answer) {
        return ask(
                STORE,
                Tuple.tuple()
                        .addBuffer(bytes(id))
                        .addLong(node)
                        .addInteger(answer.status())
                        .addString(answer.contentType())
                        .addJsonObject(new JsonObject(new HashMap<>(answer.headers())))
                        .addBoolean(answer.more())
                        .addBuffer(answer.body()));
    }

    /** Says that an answer was not kept. */
    Future<?> gone(String id, long node) {
        return ask(GONE, Tuple.of(bytes(id), node));
    }

    /** Deletes what is over. */
    Future<?> clean() {
        return ask(CLEAN_CLAIMS, Tuple.tuple()).compose(cleaned -> ask(CLEAN_NODES, Tuple.tuple()));
    }

    private Future<RowSet<Row>> ask(String sql, Tuple parameters) {
        return database.pool().preparedQuery(sql).execute(parameters);
    }

    private static Buffer[] array(List<String> ids) {
        return ids.stream().map(ClaimRows::bytes).toArray(Buffer[]::new);
    }

    private static Buffer bytes(String id) {
        return Buffer.buffer(HexFormat.of().parseHex(id));
    }

    private static String hex(Row row) {
        return HexFormat.of().formatHex(row.getBuffer(0).getBytes());
    }
}
