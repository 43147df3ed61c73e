package io.gotthard.metering;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All prices that are valid or will be, in memory. A price is valid from its beginning until the next one of its model begins, or until
 * its end, if it has one; no look-up waits for anything, and a price whose time has come is valid without being loaded anew.
 *
 * <p>Safe to be used from any thread.
 */
final class Prices {

    /** Who made a price that was in the configuration. */
    static final String CONFIGURATION = "configuration";

    private static final Price[] NONE = {};

    private final Database database;
    private volatile Map<String, Price[]> byModel = Map.of();
    /** By what is in front of the {@code *}; where there are any, there are few. */
    private volatile Map<String, Price[]> wildcards = Map.of();

    Prices(Database database) {
        this.database = database;
    }

    /**
     * The price of a model, its own or else that of a wildcard such as {@code openai/*}, at a moment that is not before the last {@link #reload}.
     *
     * @param millis since 1970
     * @return null if it has none
     */
    Price at(String model, long millis) {
        var prices = byModel.get(model);
        if (prices == null) {
            prices = ofWildcard(model);
        }
        for (int i = prices.length - 1; i >= 0; i--) {
            if (prices[i].from() <= millis) {
                return millis < prices[i].until() ? prices[i] : null;
            }
        }
        return null;
    }

    /** Those of the longest name with a {@code *} at its end that stands for this one. */
    private Price[] ofWildcard(String model) {
        Map.Entry<String, Price[]> found = null;
        for (var wildcard : wildcards.entrySet()) {
            if (model.startsWith(wildcard.getKey())
                    && (found == null
                            || wildcard.getKey().length() > found.getKey().length())) {
                found = wildcard;
            }
        }
        return found == null ? NONE : found.getValue();
    }

    /**
     * Writes the prices of the configuration into the ledger, so that receipts can name them: for each model a price that is valid from
     * now on, if it differs from the last one that came from a configuration. So a price that was set by an administrator stays until
     * the configuration is changed.
     */
    Future<Void> configure(Map<String, Rates> configured) {
        if (configured.isEmpty()) {
            return Future.succeededFuture();
        }
        return database.pool()
                .withTransaction(connection -> connection
                        // Nodes that start at the same time write it once.
                        .query("lock table metering.prices in share row exclusive mode")
                        .execute()
                        .compose(locked -> last(connection))
                        .compose(last -> write(connection, changed(configured, last))));
    }

    private static Future<Map<String, Rates>> last(SqlConnection connection) {
        return connection.preparedQuery("""
            select distinct on (model) model, rates from metering.prices where created_by = $1
            order by model, valid_from desc
            """).execute(Tuple.of(CONFIGURATION)).map(rows -> {
            var last = new HashMap<String, Rates>();
            rows.forEach(row -> last.put(row.getString("model"), Rates.of(row.getJsonObject("rates"))));
            return last;
        });
    }

    private static List<Tuple> changed(Map<String, Rates> configured, Map<String, Rates> last) {
        var changed = new ArrayList<Tuple>();
        configured.forEach((model, rates) -> {
            if (!rates.equals(last.get(model))) {
                changed.add(Tuple.of(model, rates.json(), CONFIGURATION));
            }
        });
        return changed;
    }

    private static Future<Void> write(SqlConnection connection, List<Tuple> changed) {
        return changed.isEmpty()
                ? Future.succeededFuture()
                : connection.preparedQuery("""
                    insert into metering.prices (model, rates, valid_from, created_by)
                    values ($1, $2, clock_timestamp(), $3)
                    """).executeBatch(changed).mapEmpty();
    }

    /** Reads them anew. If that fails, those that are known stay. */
    Future<Void> reload() {
        // Of those that have begun, only the newest of a model can ever be valid again.
        return database.pool().query("""
            select * from metering.prices p
            where not exists (select from metering.prices newer
                where newer.model = p.model and newer.valid_from > p.valid_from and newer.valid_from <= now())
            order by model, valid_from
            """).execute().map(rows -> {
            var loaded = new HashMap<String, List<Price>>();
            rows.forEach(row -> {
                var price = price(row);
                loaded.computeIfAbsent(price.model(), model -> new ArrayList<>())
                        .add(price);
            });
            var fresh = new HashMap<String, Price[]>();
            loaded.forEach((model, prices) -> fresh.put(model, prices.toArray(NONE)));
            var freshWildcards = new HashMap<String, Price[]>();
            fresh.forEach((model, prices) -> {
                if (model.endsWith("*")) {
                    freshWildcards.put(model.substring(0, model.length() - 1), prices);
                }
            });
            byModel = fresh;
            wildcards = freshWildcards;
            return null;
        });
    }

    static Price price(Row row) {
        var until = row.getOffsetDateTime("valid_until");
        return new Price(
                row.getLong("id"),
                row.getString("model"),
                Rates.of(row.getJsonObject("rates")),
                millis(row.getOffsetDateTime("valid_from")),
                until == null ? Long.MAX_VALUE : millis(until));
    }

    private static long millis(OffsetDateTime moment) {
        return moment.toInstant().toEpochMilli();
    }
}
