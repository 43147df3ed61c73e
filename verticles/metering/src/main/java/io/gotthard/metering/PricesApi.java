package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Rule.Level;
import io.gotthard.kit.Fields;
import io.gotthard.kit.Refusal;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;

/**
 * The operations on prices. Whoever may use a model may know what it costs; only system administrators say what that is. Nothing
 * that was valid is ever changed.
 */
final class PricesApi {

    private static final String PRICE = "price";
    private static final String PREFIX = "prc_";
    private static final String VALID_UNTIL = "valid_until";
    private static final int LONGEST_MODEL = 200;

    /** With the moment at which the next one of its model begins, and what time it is. */
    private static final String ALL = """
        select p.*, clock_timestamp() as now,
            (select min(n.valid_from) from metering.prices n where n.model = p.model and n.valid_from > p.valid_from) as next
        from metering.prices p
        """;

    private final String currency;

    /** Operations that show prices in a currency. */
    PricesApi(String currency) {
        this.currency = currency;
    }

    /** The prices of a model, or of all that the caller may use; of all times, or those that are valid at a moment. */
    Answer list(Work work) {
        var page = work.page();
        var rows = work.run(
                ALL + """
                    where ($1::text[] is null or p.model = any ($1)) and ($2::text is null or p.model = $2) and p.id > $3
                        and ($4::timestamptz is null or (p.valid_from <= $4 and (p.valid_until is null or p.valid_until > $4)
                            and not exists (select from metering.prices n
                                where n.model = p.model and n.valid_from > p.valid_from and n.valid_from <= $4)))
                    order by p.id limit $5
                    """,
                visible(work),
                work.parameter("model"),
                page.after().isEmpty() ? 0 : number(page.after()),
                moment(work.parameter("at")),
                page.rows());
        return Work.ok(page.json(rows, row -> json(work, row)));
    }

    /** The models whose prices the caller may know; null if all. */
    private static String[] visible(Work work) {
        if (Work.isSystem(work.caller())) {
            return null;
        }
        var models = work.run("select distinct model from metering.prices");
        return models.stream()
                .map(row -> row.getString("model"))
                .filter(model -> mayKnow(work.caller(), model))
                .toArray(String[]::new);
    }

    private static boolean mayKnow(Caller caller, String model) {
        return Work.isSystem(caller)
                || ((caller.boundModel() == null || caller.boundModel().equals(model))
                        && caller.permissions().allows(Level.USER, "model." + model));
    }

    private static OffsetDateTime moment(String text) {
        try {
            return text == null ? null : OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw Failure.invalid("at", "'at' must be like 2030-01-31T12:00:00Z.");
        }
    }

    /** One price. */
    Answer get(Work work) {
        var row = find(work);
        if (!mayKnow(work.caller(), row.getString("model"))) {
            throw Refusal.notFound(PRICE);
        }
        return Work.ok(json(work, row));
    }

    private static Row find(Work work) {
        var row = work.one(ALL + "where p.id = $1", number(work.parameter(PRICE)));
        if (row == null) {
            throw Refusal.notFound(PRICE);
        }
        return row;
    }

    /** A price that begins now or later. */
    Answer create(Work work) {
        work.requireSystem();
        var body = work.body();
        var model = model(body);
        var rates = rates(body);
        lock(work);
        var created = work.one(
                """
                insert into metering.prices (model, rates, valid_from, created_by)
                values ($1, $2, coalesce($3, clock_timestamp()), $4) returning id
                """,
                model,
                rates.json(),
                body.future("valid_from"),
                work.caller().account());
        var after = json(work, work.one(ALL + "where p.id = $1", created.getLong("id")));
        work.changed("createPrice", null, after.getString("id"), null, after);
        return Work.ok(after);
    }

    private static String model(Fields body) {
        var model = body.text("model");
        boolean unclean = model.codePoints()
                .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
        if (unclean || model.isBlank() || model.length() > LONGEST_MODEL) {
            throw Failure.invalid(
                    "model", "'model' must be a model's name, of at most " + LONGEST_MODEL + " characters.");
        }
        return model;
    }

    private static Rates rates(Fields body) {
        var stated = body.object("rates").values();
        if (stated.isEmpty()) {
            throw Failure.invalid("rates", "A price has at least one rate, be it zero.");
        }
        var decimals = new HashMap<String, BigDecimal>();
        try {
            stated.forEach((name, rate) -> decimals.put(name, new BigDecimal((String) rate)));
        } catch (NumberFormatException e) {
            throw Failure.invalid("rates", "A rate is a decimal such as '0.15'.");
        }
        try {
            return Rates.of(decimals);
        } catch (IllegalArgumentException e) {
            throw Failure.invalid("rates", "Not a price: " + e.getMessage() + ".");
        }
    }

    /** Who compares moments does not want others to add some meanwhile. */
    private static void lock(Work work) {
        work.run("lock table metering.prices in share row exclusive mode");
    }

    /** Ends a price now or later, though no other one begins then: the model has none from then on. One that has not begun is gone. */
    Answer end(Work work) {
        work.requireSystem();
        var at = work.body().future(VALID_UNTIL);
        lock(work);
        var row = find(work);
        var before = json(work, row);
        long id = row.getLong("id");
        var now = row.getOffsetDateTime("now");
        var ends = until(row);
        if (ends != null && !ends.isAfter(now)) {
            throw Refusal.conflict("price_ended", "This price has ended already.");
        }
        var end = at == null || at.isBefore(now) ? now : at;
        if (!row.getOffsetDateTime("valid_from").isBefore(end)) {
            work.run("delete from metering.prices where id = $1", id);
            work.changed("endPrice", null, PREFIX + id, before, null);
            return Work.ok(before.putNull(VALID_UNTIL).put("withdrawn", true));
        }
        work.run("update metering.prices set valid_until = $2 where id = $1", id, end);
        var after = json(work, work.one(ALL + "where p.id = $1", id));
        work.changed("endPrice", null, PREFIX + id, before, after);
        return Work.ok(after);
    }

    private static OffsetDateTime until(Row row) {
        var until = row.getOffsetDateTime(VALID_UNTIL);
        var next = row.getOffsetDateTime("next");
        return until == null || (next != null && next.isBefore(until)) ? next : until;
    }

    private JsonObject json(Work work, Row row) {
        var until = until(row);
        return new JsonObject()
                .put("id", PREFIX + row.getLong("id"))
                .put("model", row.getString("model"))
                .put("currency", currency)
                .put("rates", Rates.of(row.getJsonObject("rates")).decimals())
                .put(
                        "valid_from",
                        row.getOffsetDateTime("valid_from").toInstant().toString())
                .put(VALID_UNTIL, until == null ? null : until.toInstant().toString())
                .put(
                        "created_at",
                        row.getOffsetDateTime("created_at").toInstant().toString())
                .put("created_by", Work.isSystem(work.caller()) ? row.getString("created_by") : null)
                .put("withdrawn", false);
    }

    private static long number(String id) {
        if (!id.matches(PREFIX + "[0-9]{1,18}")) {
            throw Refusal.notFound(PRICE);
        }
        return Long.parseLong(id.substring(PREFIX.length()));
    }
}
