package io.gotthard.assistants;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Page;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * The caller's threads, those with the latest message first, as pages: a thread that gets a message while somebody turns pages moves to
 * the front and is not seen again, and none is seen twice. A page costs the same wherever it is.
 *
 * <p>A search finds threads whose title, or one message, has all words of a question as beginnings of its words. It asks an index for the
 * words in threads that the caller made, and in the {@value #MOST_SHARED} others with the latest messages. It finds all that there is, or
 * refuses if that takes longer than {@value #MOST_MILLIS} ms. A text is found about a second after it was written.
 */
final class ThreadList {

    static final int MOST_SHARED = 100;
    static final int MOST_MILLIS = 3_000;
    private static final String CANCELLED = "57014";

    private static final String MINE = "select " + ThreadRow.COLUMNS + """
        from assistants.members m join assistants.threads t on t.number = m.thread and t.deleted_at is null
        where m.account = $1 and m.tenant = $2 and m.archived = $3
            and (m.active_at, m.thread) < ($4, coalesce((select o.number from assistants.threads o where o.id = $5), 0))
        """;

    private static final String FOUND = """
        with found as materialized (
            select distinct thread from assistants.texts where words @@ $7::text::tsquery)
        """;

    private static final String ORDER = " order by m.active_at desc, m.thread desc limit $6";

    private final Threads threads;

    ThreadList(Threads threads) {
        this.threads = threads;
    }

    /**
     * What the last entry of a page was, by which the next one begins behind it.
     *
     * @param activeAt when it had got its last message
     * @param id the thread
     */
    private record Place(OffsetDateTime activeAt, String id) {

        static final Place FIRST = new Place(OffsetDateTime.of(9999, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC), "");

        static Place of(String after) {
            if (after.isEmpty()) {
                return FIRST;
            }
            var parts = after.split("_", 2);
            try {
                var activeAt = Instant.EPOCH.plus(Long.parseLong(parts[0], Character.MAX_RADIX), ChronoUnit.MICROS);
                if (parts.length == 2 && activeAt.isBefore(FIRST.activeAt().toInstant())) {
                    return new Place(activeAt.atOffset(ZoneOffset.UTC), parts[1]);
                }
            } catch (NumberFormatException | ArithmeticException e) {
                throw Page.badAfter();
            }
            throw Page.badAfter();
        }

        static String after(ThreadRow last) {
            long micros =
                    ChronoUnit.MICROS.between(Instant.EPOCH, last.activeAt().toInstant());
            return Long.toString(micros, Character.MAX_RADIX) + "_" + last.id();
        }
    }

    /** {@code GET /api/v1/threads}. */
    JsonObject get(Call call) {
        return ThreadWork.in(threads.transactions(), call, work -> {
            var page = work.transaction().page();
            var place = Place.of(page.after());
            var values = new ArrayList<Object>(List.of(
                    work.caller().account(),
                    work.caller().tenant(),
                    Boolean.parseBoolean(work.transaction().parameter("archived")),
                    place.activeAt(),
                    place.id(),
                    page.rows()));
            var sought = work.transaction().parameter("q");
            if (sought == null) {
                return page(page, work.run(MINE + ORDER, values.toArray()));
            }
            var query = Words.query(sought, work.caller().account(), shared(work));
            if (query == null) {
                throw Failure.invalid("q", "'q' must have at least one letter or digit.");
            }
            values.add(query);
            return page(page, search(work, values));
        });
    }

    private static RowSet<Row> search(ThreadWork work, List<Object> values) {
        work.run("set local jit = off");
        work.run("set local statement_timeout = " + MOST_MILLIS);
        try {
            return work.run(FOUND + MINE + " and m.thread in (select thread from found)" + ORDER, values.toArray());
        } catch (PgException e) {
            if (CANCELLED.equals(e.getSqlState())) {
                throw Failure.invalid("q", "That takes too long to find. Use more words, or longer ones.");
            }
            throw e;
        }
    }

    /** Threads of others in which the caller is a member. */
    private static List<Long> shared(ThreadWork work) {
        var numbers = new ArrayList<Long>();
        work.run(
                        """
                        select m.thread from assistants.members m join assistants.threads t on t.number = m.thread
                        where m.account = $1 and m.tenant = $2 and m.archived = $3 and t.owner <> $1
                        order by m.active_at desc limit $4
                        """,
                        work.caller().account(),
                        work.caller().tenant(),
                        Boolean.parseBoolean(work.transaction().parameter("archived")),
                        MOST_SHARED)
                .forEach(row -> numbers.add(row.getLong("thread")));
        return numbers;
    }

    private static JsonObject page(Page page, Iterable<Row> rows) {
        var data = new JsonArray();
        ThreadRow last = null;
        for (var row : rows) {
            if (data.size() == page.limit()) {
                return new JsonObject().put("data", data).put("next", Place.after(last));
            }
            last = ThreadRow.of(row);
            data.add(last.json());
        }
        return new JsonObject().put("data", data).putNull("next");
    }
}
