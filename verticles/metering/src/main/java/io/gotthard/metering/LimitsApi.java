package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Fields;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Set;

/**
 * The operations on limits. Everybody sees those that hold for them, and a tenant's administrators all that are for their tenant. They
 * set limits for keys, accounts and roles, which hold for requests in the name of their tenant; what a system administrator has set only
 * system administrators change. A limit's database trigger tells all nodes of changes.
 */
final class LimitsApi {

    private static final String LIMIT = "limit";
    private static final String PREFIX = "lim_";
    private static final String AMOUNT = "amount";
    private static final String MODEL = "model";
    private static final String OUTAGE = "on_redis_down";
    /** Each of them is counted for each request. */
    private static final int MOST_FOR_ONE = 50;

    private static final Set<String> OF_TENANTS = Set.of("key", "account", "role");

    /** Its parameters are whether the caller sees all, their tenant if they administer it, their tenant, key, account and roles. */
    private static final String VISIBLE = """
        select l.* from metering.limits l
        where ($1 or l.tenant = $2 or ((l.tenant is null or l.tenant = $3) and (
            l.subject = 'everyone'
            or (l.subject = 'tenant' and l.subject_id = $3)
            or (l.subject = 'key' and l.subject_id = $4)
            or (l.subject = 'account' and l.subject_id = $5)
            or (l.subject = 'role' and l.subject_id = any ($6)))))
        """;

    private LimitsApi() {}

    /** The limits that the caller may know of. */
    static Answer list(Work work) {
        var page = work.page();
        var caller = work.caller();
        var rows = work.run(
                VISIBLE + """
                    and l.id > $7 and ($8::text is null or l.subject = $8) and ($9::text is null or l.subject_id = $9)
                        and ($10::text is null or l.tenant = $10)
                    order by l.id limit $11
                    """,
                Work.isSystem(caller),
                Work.administers(caller) ? caller.tenant() : null,
                caller.tenant(),
                caller.keyId(),
                caller.account(),
                caller.roles().toArray(String[]::new),
                page.after().isEmpty() ? 0 : number(page.after()),
                work.parameter("subject"),
                work.parameter("subject_id"),
                work.parameter("tenant"),
                page.rows());
        return Work.ok(page.json(rows, LimitsApi::json));
    }

    /** One limit. */
    static Answer get(Work work) {
        return Work.ok(json(find(work)));
    }

    private static Row find(Work work) {
        var caller = work.caller();
        var row = work.one(
                VISIBLE + "and l.id = $7 for no key update",
                Work.isSystem(caller),
                Work.administers(caller) ? caller.tenant() : null,
                caller.tenant(),
                caller.keyId(),
                caller.account(),
                caller.roles().toArray(String[]::new),
                number(work.parameter("limit")));
        if (row == null) {
            throw Refusal.notFound(LIMIT);
        }
        return row;
    }

    /** The number of an id; 0, which nothing has, if it is none. */
    private static long number(String id) {
        var digits = id.startsWith(PREFIX) ? id.substring(PREFIX.length()) : "";
        return digits.matches("[1-9][0-9]{0,17}") ? Long.parseLong(digits) : 0;
    }

    /** A new limit. */
    static Answer create(Work work) {
        work.requireAdministrator();
        var body = work.body();
        boolean system = Work.isSystem(work.caller());
        var subject = body.text("subject");
        var subjectId = subjectId(body, subject);
        if (!system && !OF_TENANTS.contains(subject)) {
            throw Failure.forbidden("Only a system administrator may limit a tenant, or everyone.");
        }
        var metric = body.text("metric");
        requireFew(work, subject, subjectId);
        var row = work.one(
                """
                insert into metering.limits
                    (subject, subject_id, tenant, model, metric, period, amount, on_redis_down, system, created_by)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning *
                """,
                subject,
                subjectId,
                tenant(work, subject, subjectId),
                model(body),
                metric,
                period(body, metric),
                amount(body, metric),
                body.has(OUTAGE) ? body.text(OUTAGE) : "local",
                system,
                work.caller().account());
        var after = json(row);
        work.changed("createLimit", row.getString("tenant"), after.getString("id"), null, after);
        return Work.ok(after);
    }

    private static String subjectId(Fields body, String subject) {
        var id = body.text("subject_id");
        if (subject.equals("everyone")) {
            if (id != null) {
                throw Failure.invalid("subject_id", "'subject_id' has no meaning where the subject is everyone.");
            }
            return "";
        }
        if (id == null) {
            throw Failure.invalid("subject_id", "'subject_id' says which " + subject + " is limited.");
        }
        return id;
    }

    /** Requests in the name of which tenant are counted; null if of any. */
    private static String tenant(Work work, String subject, String subjectId) {
        var asked = work.body().text("tenant");
        if (!Work.isSystem(work.caller())) {
            if (asked != null && !asked.equals(work.caller().tenant())) {
                throw Failure.forbidden("Only a system administrator may limit what is done in other tenants.");
            }
            return work.caller().tenant();
        }
        if (!subject.equals("tenant")) {
            return asked;
        }
        if (asked != null && !asked.equals(subjectId)) {
            throw Failure.invalid("tenant", "'tenant' must be absent, or the tenant that is limited.");
        }
        return subjectId;
    }

    private static String model(Fields body) {
        var model = body.has(MODEL) ? body.text(MODEL) : Limit.ANY_MODEL;
        boolean unclean = model.codePoints()
                .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
        if (unclean || model.isBlank()) {
            throw Failure.invalid(MODEL, "'model' must be a model's name, in which * stands for any characters.");
        }
        return model;
    }

    private static String period(Fields body, String metric) {
        var period = body.text("period");
        if (metric.equals("concurrent") != (period == null)) {
            throw Failure.invalid(
                    "period",
                    period == null
                            ? "'period' says in which time the amount can be used."
                            : "'period' has no meaning for what is concurrent.");
        }
        if (metric.equals("money") && period.equals("minute")) {
            throw Failure.invalid("period", "'period' of money must be 'day' or 'month'.");
        }
        return period;
    }

    private static long amount(Fields body, String metric) {
        boolean money = metric.equals("money");
        if (money != body.values().get(AMOUNT) instanceof String) {
            throw Failure.invalid(
                    AMOUNT,
                    money ? "'amount' of money must be a text, as in '12.5'." : "'amount' must be a whole number.");
        }
        long amount = money ? nanos(body.text(AMOUNT)) : whole(body.values().get(AMOUNT));
        if (amount < 1 || amount > Limit.MOST) {
            throw Failure.invalid(AMOUNT, "'amount' must be more than 0 and not more than can be counted.");
        }
        return amount;
    }

    private static long nanos(String decimal) {
        try {
            return Money.nanos(new BigDecimal(decimal));
        } catch (ArithmeticException | NumberFormatException e) {
            throw Failure.invalid(AMOUNT, "'amount' must be a decimal with at most nine decimals.");
        }
    }

    private static long whole(Object number) {
        return number instanceof BigInteger large && large.bitLength() > Long.SIZE - 1
                ? Long.MAX_VALUE
                : ((Number) number).longValue();
    }

    /** Who adds some at the same time may be a little above. */
    private static void requireFew(Work work, String subject, String subjectId) {
        var count = work.one(
                "select count(*) from metering.limits where subject_id = $1 and subject = $2", subjectId, subject);
        if (count.getLong(0) >= MOST_FOR_ONE) {
            throw Refusal.conflict("too_many_limits", "Nobody can have more than " + MOST_FOR_ONE + " limits.");
        }
    }

    /** Another amount, or another way to go on while nodes can't count together. */
    static Answer update(Work work) {
        work.requireAdministrator();
        var before = find(work);
        requireMine(work, before);
        var body = work.body();
        var row = work.one(
                "update metering.limits set amount = $2, on_redis_down = $3 where id = $1 returning *",
                before.getLong("id"),
                body.has(AMOUNT) ? amount(body, before.getString("metric")) : before.getLong(AMOUNT),
                body.has(OUTAGE) ? body.text(OUTAGE) : before.getString(OUTAGE));
        var after = json(row);
        work.changed("updateLimit", row.getString("tenant"), after.getString("id"), json(before), after);
        return Work.ok(after);
    }

    /** A limit that holds no more. */
    static Answer delete(Work work) {
        work.requireAdministrator();
        var before = find(work);
        requireMine(work, before);
        work.run("delete from metering.limits where id = $1", before.getLong("id"));
        var id = PREFIX + before.getLong("id");
        work.changed("deleteLimit", before.getString("tenant"), id, json(before), null);
        return Work.deleted(id);
    }

    private static void requireMine(Work work, Row limit) {
        if (!work.administers(limit.getString("tenant"))
                || (limit.getBoolean("system") && !Work.isSystem(work.caller()))) {
            throw Failure.forbidden("This limit was set by a system administrator, and only they may change it.");
        }
    }

    private static JsonObject json(Row row) {
        boolean money = "money".equals(row.getString("metric"));
        var subjectId = row.getString("subject_id");
        return new JsonObject()
                .put("id", PREFIX + row.getLong("id"))
                .put("subject", row.getString("subject"))
                .put("subject_id", subjectId.isEmpty() ? null : subjectId)
                .put("tenant", row.getString("tenant"))
                .put(MODEL, row.getString(MODEL))
                .put("metric", row.getString("metric"))
                .put("period", row.getString("period"))
                .put(AMOUNT, money ? Money.text(row.getLong(AMOUNT)) : row.getValue(AMOUNT))
                .put(OUTAGE, row.getString(OUTAGE))
                .put("system", row.getBoolean("system"))
                .put("created_at", Times.text(row, "created_at"));
    }
}
