package io.gotthard.metering;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The nodes in the database: processes that post, each under a number of its own, until it ends. */
final class Nodes {

    /** How often a node says that it lives. */
    static final Duration BEAT = Duration.ofSeconds(5);

    /** After how long without that it is dead. */
    static final Duration SILENCE = Duration.ofSeconds(30);

    private final Database database;

    Nodes(Database database) {
        this.database = database;
    }

    /** A new one, at that place. */
    Future<Long> begin(String place) {
        return query("insert into metering.nodes (place) values ($1) returning id", Tuple.of(place))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** Says that it lives. @return false if it is ended */
    Future<Boolean> beat(long node) {
        return query("update metering.nodes set seen_at = now() where id = $1 and ended_at is null", Tuple.of(node))
                .map(updated -> updated.rowCount() == 1);
    }

    /** Whether it is not ended; null if there is none with this number at that place. */
    Future<Boolean> lives(long node, String place) {
        return query("select ended_at is null from metering.nodes where id = $1 and place = $2", Tuple.of(node, place))
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next().getBoolean(0));
    }

    /** Those at a place that are not ended. */
    Future<List<Long>> at(String place) {
        return query("select id from metering.nodes where place = $1 and ended_at is null order by id", Tuple.of(place))
                .map(Nodes::ids);
    }

    /** Those that have not been heard of for too long. */
    Future<List<Long>> silent() {
        return query(
                        "select id from metering.nodes where ended_at is null and seen_at < now() - $1 * interval '1"
                                + " second' order by id",
                        Tuple.of((double) SILENCE.toSeconds()))
                .map(Nodes::ids);
    }

    /**
     * Ends one: charges its open reservations as unknown and gives back what it has leased.
     *
     * @return how many were charged so; null if it was ended before
     */
    Future<Integer> recover(long node) {
        return query("select metering.recover($1)", Tuple.of(node))
                .map(rows -> rows.iterator().next().getInteger(0));
    }

    /** Brings balances and usage up to date with a tally. @return false if the node is ended */
    Future<Boolean> fold(long node, Tally tally) {
        return query(
                        "select metering.fold($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
                                + " $17, $18, $19)",
                        tally.parameters(node))
                .map(rows -> rows.iterator().next().getInteger(0) >= 0);
    }

    private Future<RowSet<Row>> query(String sql, Tuple parameters) {
        return database.pool().preparedQuery(sql).execute(parameters);
    }

    private static List<Long> ids(RowSet<Row> rows) {
        var ids = new ArrayList<Long>();
        rows.forEach(row -> ids.add(row.getLong(0)));
        return ids;
    }
}
