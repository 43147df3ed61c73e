package io.gotthard.metering;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/**
 * The question to the database for usage, made of a few fixed words; whatever comes from a client is a parameter of it.
 *
 * <p>It reads the fewest rows that add up to what is asked for: see {@code V7__usage.sql} and {@link Span}.
 *
 * @param text the statement
 * @param parameters its parameters
 */
record UsageSql(String text, List<Object> parameters) {

    /** The columns that are summed up. */
    static final List<String> SUMS = List.of(
            "requests",
            "failed",
            "prompt",
            "completion",
            "cached",
            "reasoning",
            "images",
            "audio_ms",
            "characters",
            "amount",
            "written_off",
            "duration_ms");

    private static final String CHARGES = """
        select c.started_at, c.request_id, c.node || '-' || c.seq as receipt, s.tenant, s.account, s.key_id, s.model, s.upstream,
            s.operation, c.outcome, c.counted, c.attempts, c.duration_ms, c.first_token_ms, c.prompt, c.completion, c.cached,
            c.reasoning, (c.media ->> 'images')::bigint as images, (c.media ->> 'audio_ms')::bigint as audio_ms,
            (c.media ->> 'characters')::bigint as characters, c.amount, c.written_off
        from metering.charges c join metering.sources s on s.id = c.source
        where c.started_at >= $1 and c.started_at < $2\
        """;

    /** The charges themselves, roughly in the order in which they were written. */
    static UsageSql charges(UsageQuery query) {
        var values = new ArrayList<Object>(List.of(query.from(), query.to()));
        return new UsageSql(CHARGES + conditions(query, "s.", values), values);
    }

    /**
     * The sums, by time and group.
     *
     * @param query in full hours
     * @param most how many rows there are at most; 0 if there is no bound
     */
    static UsageSql sums(UsageQuery query, int most) {
        var values = new ArrayList<Object>();
        var rows = rows(query, values);
        var columns = new StringJoiner(", ");
        if (query.bucket() != null) {
            columns.add("date_trunc('" + query.bucket().word() + "', u.at, 'UTC') as at");
        }
        query.groups().forEach(group -> columns.add("w." + group.column()));
        int keys = query.groups().size() + (query.bucket() == null ? 0 : 1);
        SUMS.forEach(sum -> columns.add("coalesce(sum(u." + sum + "), 0)::bigint as " + sum));
        var text = new StringBuilder("select ")
                .append(columns)
                .append(" from (")
                .append(rows)
                .append(") as u");
        if (!query.groups().isEmpty()) {
            var words = query.isOfFacets() ? "metering.facets" : "metering.sources";
            text.append(" join ").append(words).append(" w on w.id = u.id");
        }
        if (keys > 0) {
            var places = new StringJoiner(", ");
            for (int place = 1; place <= keys; place++) {
                places.add(Integer.toString(place));
            }
            text.append(" group by ").append(places).append(" order by ").append(places);
        }
        if (most > 0) {
            text.append(" limit ").append(most);
        }
        return new UsageSql(text.toString(), values);
    }

    private static String rows(UsageQuery query, List<Object> values) {
        boolean facets = query.isOfFacets();
        var what = facets ? "facet" : "source";
        String ids;
        if (facets) {
            var tenants = query.isOfTenants() ? "tenant is not null" : "tenant is null";
            ids = "select id from metering.facets where " + tenants + conditions(query, "", values);
        } else {
            ids = query.filters().isEmpty()
                    ? null
                    : "select id from metering.sources where true" + conditions(query, "", values);
        }
        // With the ids as an array the rows of few sources are found by index, without a guess of how many there are.
        var wanted = ids == null ? "" : " and " + what + " = any (array(" + ids + "))";
        var table = facets ? "metering.facet_" : "metering.usage_";
        var coarsest = query.bucket() == null ? Grain.MONTH : query.bucket();
        return Span.cover(query.from(), query.to(), coarsest).stream()
                .map(span -> {
                    var at = span.grain().word();
                    return "select " + at + " as at, " + what + " as id, " + String.join(", ", SUMS) + " from " + table
                            + at
                            + "s where " + at + " >= " + parameter(values, span.from()) + " and " + at + " < "
                            + parameter(values, span.to()) + wanted;
                })
                .collect(Collectors.joining(" union all "));
    }

    private static String conditions(UsageQuery query, String alias, List<Object> values) {
        return query.filters().entrySet().stream()
                .map(filter ->
                        " and " + alias + filter.getKey().column() + " = " + parameter(values, filter.getValue()))
                .collect(Collectors.joining());
    }

    private static String parameter(List<Object> values, Object value) {
        values.add(value);
        return "$" + values.size();
    }
}
