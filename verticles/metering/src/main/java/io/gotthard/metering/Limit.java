package io.gotthard.metering;

import io.vertx.sqlclient.Row;
import java.util.Locale;

/**
 * How much somebody may use.
 *
 * @param id its number, shown as {@code lim_<n>}
 * @param subject whom it is for
 * @param subjectId the id of the key, account, tenant or role; empty for everyone
 * @param tenant the tenant in whose name requests are made that count, or null if it is any
 * @param model the models that count: a name, in which {@code *} stands for any characters
 * @param metric what is counted
 * @param period in which the amount is refilled, evenly; null for {@link Metric#CONCURRENT}
 * @param amount how many requests or tokens, or nanos of money, can be used at once; at least 1
 * @param onRedisDown what happens while the nodes can't count together
 * @param system whether a system administrator set it, so that nobody else may change it
 */
record Limit(
        long id,
        Subject subject,
        String subjectId,
        String tenant,
        String model,
        Metric metric,
        Period period,
        long amount,
        Outage onRedisDown,
        boolean system) {

    static final String ANY_MODEL = "*";

    /** The largest amount there is: its multiples by a period are calculated exactly, see Gcra. */
    static final long MOST = 1L << 58;

    private static final long SECOND = 1_000_000_000L;

    /** Whom a limit is for. All but roles share one counter; of a role, each account has its own. */
    enum Subject {
        KEY,
        ACCOUNT,
        TENANT,
        ROLE,
        EVERYONE
    }

    /** What is counted. */
    enum Metric {
        REQUESTS,
        TOKENS,
        CONCURRENT,
        MONEY
    }

    /** How long it takes until what was used is there again; a month is any 30 days. */
    enum Period {
        MINUTE(60),
        DAY(24 * 60 * 60),
        MONTH(30 * 24 * 60 * 60);

        private final long nanos;

        Period(long seconds) {
            nanos = seconds * SECOND;
        }

        long nanos() {
            return nanos;
        }
    }

    /** What a limit means while the nodes can't count together. */
    enum Outage {
        /** Each node keeps it for itself: together they may use its amount as often as there are nodes. */
        LOCAL,
        /** It does not hold. */
        OPEN,
        /** Nothing is admitted. */
        CLOSED
    }

    /** Checks what the database checks too. */
    Limit {
        if (amount < 1 || amount > MOST || (period == null) != (metric == Metric.CONCURRENT)) {
            throw new IllegalArgumentException("limit " + id + " is not possible");
        }
    }

    static Limit of(Row row) {
        var period = row.getString("period");
        return new Limit(
                row.getLong("id"),
                Subject.valueOf(upper(row.getString("subject"))),
                row.getString("subject_id"),
                row.getString("tenant"),
                row.getString("model"),
                Metric.valueOf(upper(row.getString("metric"))),
                period == null ? null : Period.valueOf(upper(period)),
                row.getLong("amount"),
                Outage.valueOf(upper(row.getString("on_redis_down"))),
                row.getBoolean("system"));
    }

    private static String upper(String word) {
        return word.toUpperCase(Locale.ROOT);
    }

    /** As it is shown. */
    String name() {
        return "lim_" + id;
    }

    /** Whether its counters outlive this process, because usage tells what they were. */
    boolean lasts() {
        return period == Period.DAY || period == Period.MONTH;
    }

    /** Whether requests for a model count. */
    boolean matches(String name) {
        return model.equals(ANY_MODEL) || Glob.matches(model, name);
    }

    /** How many units are left of a counter that will have refilled all in this time. */
    long left(long ahead) {
        return ahead <= 0 ? amount : Gcra.units(period.nanos() - ahead, amount, period.nanos());
    }
}
