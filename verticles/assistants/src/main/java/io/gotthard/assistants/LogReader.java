package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads logs from their table. Each question costs the same wherever in the log it begins, and however long that is. */
final class LogReader {

    private static final Logger LOG = LoggerFactory.getLogger(LogReader.class);
    private static final long PATIENCE_SECONDS = 10;

    /** Of how many events those that are wanted are picked in one question. */
    private static final int WINDOW = 5000;

    /** Bytes after which a part has enough: a message can be large, and who reads it slow. */
    private static final long ENOUGH = 2L << 20;

    /**
     * A part of a log.
     *
     * @param events those that are wanted, in order
     * @param place up to which place that is all of them
     * @param last the last place that the log had then
     * @param gone whether there is no such thread
     */
    record Page(List<Logged> events, long place, long last, boolean gone) {

        private static final Page GONE = new Page(List.of(), 0, 0, true);
    }

    // What retention has left and what was before a run began is not looked at. One statement, so that all of it is of
    // one moment.
    private static final String AFTER = """
        select t.last_seq, least(t.place + $6, t.last_seq) as place, e.seq, e.type, e.display, e.run, e.body, e.found
        from (
            select number, last_seq, greatest($2, first_seq - 1, coalesce(
                (select r.first_seq - 1 from assistants.runs r where r.id = $4 and r.thread = $1), 0)) as place
            from assistants.threads where number = $1 and deleted_at is null
        ) t
        left join lateral (
            select * from (
                select *, count(*) over () as found, sum(octet_length(body)) over (order by seq) - octet_length(body) as ahead
                from (
                    select seq, type, display, run, body from assistants.events
                    where thread = t.number and seq > t.place and seq <= t.place + $6
                        and ($4::text is null or run = $4 or display = $4) and ($5::text[] is null or type like any ($5))
                    order by seq limit $3
                ) part
            ) sized where ahead < $7
        ) e on true order by e.seq
        """;

    // As many of each type as are wanted at most, however rare they are and however long the log.
    static final String TYPED = """
        select t.last_seq, t.last_seq as place, e.seq, e.type, e.display, e.run, e.body, e.found
        from (
            select number, last_seq, greatest($2, first_seq - 1) as place
            from assistants.threads where number = $1 and deleted_at is null
        ) t
        left join lateral (
            select * from (
                select *, count(*) over () as found, sum(octet_length(body)) over (order by seq) - octet_length(body) as ahead
                from (
                    select one.* from unnest($4::text[]) as wanted (type)
                    cross join lateral (
                        select seq, events.type, display, run, body from assistants.events
                        where thread = t.number and events.type = wanted.type and seq > t.place and seq <= t.last_seq
                            and events.type not in ('chunk.added', 'thought.added')
                        order by seq limit $3
                    ) one order by seq limit $3
                ) part
            ) sized where ahead < $5
        ) e on true order by e.seq
        """;

    private static final String RECENT = """
        select t.last_seq, t.last_seq as place, e.seq, e.type, e.display, e.run, e.body, 0::bigint as found
        from (select number, last_seq, first_seq from assistants.threads where number = $1 and deleted_at is null) t
        left join lateral (
            select * from (
                select *, sum(octet_length(body)) over (order by seq desc) - octet_length(body) as behind
                from assistants.events
                where thread = t.number and seq >= t.first_seq and seq > t.last_seq - $2
            ) sized where behind < $3
        ) e on true order by e.seq
        """;

    private static final String LAST =
            "select number, last_seq from assistants.threads where number = any ($1) and deleted_at is null";

    private final Database database;

    LogReader(Database database) {
        this.database = database;
    }

    /** The next events behind a place, {@code limit} at most, or fewer although there are more if hardly any is wanted, or some are large. */
    Future<Page> after(long thread, long place, int limit, Filter filter) {
        var types = filter.indexed();
        if (types != null) {
            return ask(TYPED, Tuple.of(thread, place, limit).addValue(types).addValue(ENOUGH))
                    .map(rows -> page(rows, place, limit));
        }
        var parameters = Tuple.of(thread, place, limit, filter.run())
                .addValue(filter.patterns())
                .addValue((long) WINDOW)
                .addValue(ENOUGH);
        return ask(AFTER, parameters).map(rows -> page(rows, place, limit));
    }

    /** The last events. */
    Future<Page> recent(long thread, long howMany) {
        return ask(RECENT, Tuple.of(thread, howMany, ENOUGH)).map(rows -> page(rows, 0, Integer.MAX_VALUE));
    }

    /** The last place of each of these threads that is there. */
    Future<Map<Long, Long>> last(List<Long> threads) {
        return ask(LAST, Tuple.tuple().addValue(threads.toArray(Long[]::new))).map(rows -> {
            var last = new TreeMap<Long, Long>();
            rows.forEach(row -> last.put(row.getLong(0), row.getLong(1)));
            return last;
        });
    }

    private Future<RowSet<Row>> ask(String sql, Tuple parameters) {
        return database.pool()
                .preparedQuery(sql)
                .execute(parameters)
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .recover(cause -> {
                    LOG.warn("Events can't be read: {}", cause.getMessage());
                    return Future.failedFuture(Failure.unavailable("Events can't be read at the moment."));
                });
    }

    private static Page page(RowSet<Row> rows, long asked, int limit) {
        if (rows.size() == 0) {
            return Page.GONE;
        }
        var events = new ArrayList<Logged>(rows.size());
        long last = 0;
        long place = asked;
        long found = 0;
        for (var row : rows) {
            last = row.getLong(0);
            place = Math.max(asked, row.getLong(1));
            if (row.getLong(2) != null) {
                found = row.getLong(7);
                events.add(new Logged(
                        row.getLong(2), row.getString(3), row.getString(4), row.getString(5), row.getString(6)));
            }
        }
        boolean isCut = events.size() == limit || events.size() < found;
        return new Page(events, isCut ? events.getLast().seq() : place, last, false);
    }
}
