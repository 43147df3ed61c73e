package io.gotthard.assistants;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.LinkedHashSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the words of messages into the table that searches look at: in the background, some of them at a time, and each by one node only.
 * The database remembers which are to be done, so none is lost. Titles are taken in when they are written.
 */
final class SearchIndex {

    private static final Logger LOG = LoggerFactory.getLogger(SearchIndex.class);
    private static final int BATCH = 100;
    private static final long PAUSE_MILLIS = 500;

    private static final String TAKE = """
        with taken as (
            delete from assistants.unread_texts where (thread, seq) in (
                select thread, seq from assistants.unread_texts order by thread, seq limit $1 for update skip locked)
            returning thread, seq)
        select k.thread, k.seq, e.body, t.owner
        from taken k
        left join assistants.events e on e.thread = k.thread and e.seq = k.seq
        left join assistants.threads t on t.number = k.thread and t.deleted_at is null
        """;

    private static final String PUT = """
        insert into assistants.texts (thread, seq, words)
        select thread, seq, array_to_tsvector(string_to_array(words, ' '))
        from unnest($1::bigint[], $2::bigint[], $3::text[]) as given (thread, seq, words)
        on conflict (thread, seq) do update set words = excluded.words
        """;

    private final Vertx vertx;
    private final Database database;
    private Future<?> working = Future.succeededFuture();
    private long timer;
    private boolean closed;

    SearchIndex(Vertx vertx, Database database) {
        this.vertx = vertx;
        this.database = database;
    }

    /** Begins to work. */
    void start() {
        pause(PAUSE_MILLIS);
    }

    private void pause(long millis) {
        if (!closed) {
            timer = vertx.setTimer(millis, due -> work());
        }
    }

    private void work() {
        working = database.pool()
                .withTransaction(this::batch)
                .onComplete(done -> pause(done < BATCH ? PAUSE_MILLIS : 1), cause -> {
                    LOG.warn("New messages can't be searched for yet: {}", cause.getMessage());
                    pause(PAUSE_MILLIS * 10);
                });
    }

    private Future<Integer> batch(SqlConnection connection) {
        return connection.preparedQuery(TAKE).execute(Tuple.of(BATCH)).compose(rows -> {
            if (rows.size() == 0) {
                return Future.succeededFuture(0);
            }
            return connection.preparedQuery(PUT).execute(words(rows)).map(rows.size());
        });
    }

    private static Tuple words(RowSet<Row> rows) {
        var known = rows.stream()
                .filter(row -> row.getString("body") != null && row.getString("owner") != null)
                .toList();
        return Tuple.of(
                known.stream().map(row -> row.getLong("thread")).toArray(Long[]::new),
                known.stream().map(row -> row.getLong("seq")).toArray(Long[]::new),
                known.stream()
                        .map(row -> words(row.getLong("thread"), row.getString("owner"), text(row.getString("body"))))
                        .toArray(String[]::new));
    }

    private static String words(long thread, String owner, String text) {
        var words = new LinkedHashSet<>(Words.of(text));
        words.add(Words.mark(owner));
        words.add(Words.mark(thread));
        return String.join(" ", words);
    }

    /** What people read of a message. */
    private static String text(String body) {
        try {
            return switch (new JsonObject(body).getJsonObject("data").getValue("content")) {
                case String text -> text;
                case JsonArray parts ->
                    parts.stream()
                            .filter(JsonObject.class::isInstance)
                            .map(part -> ((JsonObject) part).getValue("text"))
                            .filter(String.class::isInstance)
                            .map(String.class::cast)
                            .collect(Collectors.joining("\n"));
                case null, default -> "";
            };
        } catch (DecodeException | ClassCastException e) {
            LOG.warn("A message has no content that can be read");
            return "";
        }
    }

    /** Takes the words of a title in, instead of those it had before. */
    static void title(ThreadWork work, long thread, String owner, String title) {
        work.run(PUT, new Long[] {thread}, new Long[] {0L}, new String[] {words(thread, owner, title)});
    }

    /** Takes no more in; completes when what is being done is done. */
    Future<Void> close() {
        closed = true;
        vertx.cancelTimer(timer);
        return working.otherwiseEmpty().mapEmpty();
    }
}
