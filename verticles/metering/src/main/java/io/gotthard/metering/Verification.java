package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the ledger: every night by one of the nodes, and whenever a system administrator wants it. What is found is an error in the log
 * and a gauge, and written down. Every node knows of the last check, whoever made it.
 */
final class Verification {

    private static final Logger LOG = LoggerFactory.getLogger(Verification.class);

    private static final int NIGHT_BEGINS = 2;
    private static final int NIGHT_ENDS = 5;
    private static final Duration NIGHTLY = Duration.ofHours(12);
    /** When it is not waited for the night any more. */
    private static final Duration OVERDUE = Duration.ofHours(36);

    /** One at a time; it reads every charge there is. */
    private static final String BEGIN = """
        select pg_try_advisory_xact_lock(1785689459) as mine, set_config('statement_timeout', '3600000', true)\
        """;

    private static final String LAST = "select * from metering.verifications order by at desc, id desc limit 1";

    private static final String RUN = """
        with checked as materialized (
            select metering.verify() as ledger, metering.usage_differences() as usage)
        insert into metering.verifications (took_ms, account, findings, totals)
        select extract(epoch from clock_timestamp() - statement_timestamp()) * 1000, $1, (ledger -> 'findings') || usage,
            ledger -> 'totals'
        from checked returning *\
        """;

    private final Pool pool;
    private volatile Row last;

    Verification(Pool pool, MeterRegistry registry) {
        this.pool = pool;
        Gauge.builder("gotthard.metering.verification.findings", this, Verification::findings)
                .description("What the last check of the ledger found; anything but 0 is an alarm")
                .register(registry);
        Gauge.builder("gotthard.metering.verification.age", this, Verification::age)
                .baseUnit("seconds")
                .description("How long ago the ledger was checked")
                .register(registry);
    }

    /** {@code POST /api/v1/usage/verify}. */
    Answer verify(Work work) {
        work.requireSystem();
        if (!work.one(BEGIN).getBoolean("mine")) {
            throw Refusal.conflict("verification_running", "The ledger is being checked at this moment.");
        }
        return Work.ok(json(found(work.one(RUN, work.caller().account()))));
    }

    /**
     * Checks the ledger if it is time to, and looks what the last check found. To be called every few minutes; never fails.
     */
    Future<Void> tick() {
        return pool.query(LAST)
                .execute()
                .compose(rows -> {
                    last = rows.size() == 0 ? last : rows.iterator().next();
                    return isDue(at(last), OffsetDateTime.now(ZoneOffset.UTC))
                            ? pool.withTransaction(Verification::nightly).onSuccess(this::noted)
                            : Future.succeededFuture();
                })
                .recover(cause -> {
                    LOG.warn("The ledger could not be checked: {}", cause.getMessage());
                    return Future.succeededFuture();
                })
                .mapEmpty();
    }

    private static Future<Row> nightly(SqlConnection connection) {
        return connection.query(BEGIN).execute().compose(locked -> {
            if (!locked.iterator().next().getBoolean("mine")) {
                return Future.succeededFuture();
            }
            return connection
                    .preparedQuery(RUN)
                    .execute(Tuple.of((Object) null))
                    .map(rows -> rows.iterator().next());
        });
    }

    private void noted(Row row) {
        if (row != null) {
            found(row);
        }
    }

    private Row found(Row row) {
        last = row;
        var findings = row.getJsonArray("findings");
        if (findings.isEmpty()) {
            LOG.info("The ledger is right; checking it took {} ms", row.getLong("took_ms"));
        } else {
            LOG.error("The ledger is wrong: {} findings, the first is {}", findings.size(), findings.getValue(0));
        }
        return row;
    }

    /** Whether a check should be made now: in the night, or at any time if one was missed. */
    static boolean isDue(OffsetDateTime last, OffsetDateTime now) {
        if (last == null || last.isBefore(now.minus(OVERDUE))) {
            return true;
        }
        return now.getHour() >= NIGHT_BEGINS && now.getHour() < NIGHT_ENDS && last.isBefore(now.minus(NIGHTLY));
    }

    private static OffsetDateTime at(Row row) {
        return row == null ? null : row.getOffsetDateTime("at");
    }

    private double findings() {
        var known = last;
        return known == null ? Double.NaN : known.getJsonArray("findings").size();
    }

    private double age() {
        var at = at(last);
        return at == null
                ? Double.NaN
                : Duration.between(at, OffsetDateTime.now(ZoneOffset.UTC)).toSeconds();
    }

    private static JsonObject json(Row row) {
        JsonArray findings = row.getJsonArray("findings");
        return new JsonObject()
                .put("at", Times.text(row, "at"))
                .put("took_ms", row.getLong("took_ms"))
                .put("ok", findings.isEmpty())
                .put("findings", findings)
                .put("totals", row.getJsonObject("totals"));
    }
}
