package io.gotthard.metering;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Refusal;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which usage is asked for, within what the caller may see: their own account's in the tenant in whose name they act; all of that tenant's,
 * if they administer {@code service.metering} in it; everything, if they are a system administrator.
 *
 * @param from the beginning, exactly as it was given
 * @param to the end, exactly as it was given; it is not contained
 * @param bucket how long the times are that each have rows of their own; null if there is one for all
 * @param groups what there are rows of their own for
 * @param filters the only values to look at
 */
record UsageQuery(
        OffsetDateTime from, OffsetDateTime to, Grain bucket, Set<Dimension> groups, Map<Dimension, String> filters) {

    /** More buckets than a year has days and a quarter has hours; what has more is no chart any more. */
    static final int MOST_BUCKETS = 2_400;

    private static final int USUAL_DAYS = 30;
    private static final int MOST_YEARS = 20;

    /**
     * Reads the parameters.
     *
     * @throws Failure 400 if they make no sense, 404 if they name an account or a tenant that the caller may not see
     */
    static UsageQuery of(Call call, OffsetDateTime now) {
        var parameters = call.parameters();
        var to = moment("to", parameters.get("to"), now);
        var from = moment("from", parameters.get("from"), to.minusDays(USUAL_DAYS));
        if (!from.isBefore(to)) {
            throw Failure.invalid("from", "'from' must be before 'to'.");
        }
        if (from.isBefore(now.minusYears(MOST_YEARS)) || to.isAfter(now.plusYears(MOST_YEARS))) {
            throw Failure.invalid("from", "'from' and 'to' must be within " + MOST_YEARS + " years from now.");
        }
        var bucket = bucket(parameters.getOrDefault("bucket", "day"));
        if (bucket != null && bucket.between(from, to) > MOST_BUCKETS) {
            throw Failure.invalid(
                    "bucket",
                    "That would be more than " + MOST_BUCKETS
                            + " buckets. Choose a longer 'bucket', or a shorter time from 'from' to 'to'.");
        }
        var filters = new EnumMap<Dimension, String>(Dimension.class);
        for (var dimension : Dimension.values()) {
            var value = parameters.get(dimension.word());
            if (value != null) {
                filters.put(dimension, value);
            }
        }
        limit(filters, call.caller());
        return new UsageQuery(from, to, bucket, Dimension.list("group_by", parameters.get("group_by")), filters);
    }

    private static Grain bucket(String word) {
        return word.equals("none") ? null : Grain.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private static void limit(Map<Dimension, String> filters, Caller caller) {
        if (Work.isSystem(caller)) {
            return;
        }
        only(filters, Dimension.TENANT, caller.tenant());
        if (!Work.administers(caller) || caller.tenant().isEmpty()) {
            only(filters, Dimension.ACCOUNT, caller.account());
        }
    }

    private static void only(Map<Dimension, String> filters, Dimension dimension, String own) {
        var asked = filters.putIfAbsent(dimension, own);
        if (asked != null && !asked.equals(own)) {
            throw Refusal.notFound(dimension.word());
        }
    }

    private static OffsetDateTime moment(String param, String text, OffsetDateTime otherwise) {
        if (text == null) {
            return otherwise;
        }
        try {
            return OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw Failure.invalid(param, "'" + param + "' must be like 2026-01-31T12:00:00Z.");
        }
    }

    /** The same time in full hours: more than that is not known of sums. */
    UsageQuery inHours() {
        return new UsageQuery(Grain.HOUR.floor(from), Grain.HOUR.ceiling(to), bucket, groups, filters);
    }

    /** All that has to be told apart. */
    Set<Dimension> needed() {
        var needed = EnumSet.noneOf(Dimension.class);
        needed.addAll(groups);
        needed.addAll(filters.keySet());
        return needed;
    }
}
