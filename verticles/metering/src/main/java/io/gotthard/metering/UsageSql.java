package io.gotthard.metering;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.TreeMap;
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
        var words = new TreeMap<String, String>();
        var coarsest = query.bucket() == null ? Grain.MONTH : query.bucket();
        var rows = Span.cover(query.from(), query.to(), coarsest).stream()
                .map(span -> {
                    var facet = Facet.of(query.needed(), span.grain());
                    words.computeIfAbsent(wordsOf(facet), name -> words(query, facet, values));
                    return rows(query, span, facet, values);
                })
                .collect(Collectors.joining(" union all "));
        var keys = new StringJoiner(", ");
        if (query.bucket() != null) {
            keys.add("at");
        }
        query.groups().forEach(group -> keys.add(group.column()));
        var text = new StringBuilder("with ")
                .append(words.entrySet().stream()
                        .map(word -> word.getKey() + " as materialized (" + word.getValue() + ")")
                        .collect(Collectors.joining(", ")))
                .append(" select ");
        if (keys.length() > 0) {
            text.append(keys).append(", ");
        }
        text.append(totals()).append(" from (").append(rows).append(") as u");
        if (keys.length() > 0) {
            text.append(" group by ").append(keys).append(" order by ").append(keys);
        }
        if (most > 0) {
            text.append(" limit ").append(most);
        }
        return new UsageSql(text.toString(), values);
    }

    private static String wordsOf(Facet facet) {
        return facet == null ? "of_sources" : "of_facets_" + facet.kind();
    }

    /** The numbers of the facets or sources that are asked for, with what their sums are grouped by. */
    private static String words(UsageQuery query, Facet facet, List<Object> values) {
        var columns =
                query.groups().stream().map(group -> ", " + group.column()).collect(Collectors.joining());
        return "select id" + columns + " from "
                + (facet == null ? "metering.sources where true" : "metering.facets where kind = " + facet.kind())
                + conditions(query, "", values);
    }

    /** What a span adds: summed up by number, which is quick, before it is by words. */
    private static String rows(UsageQuery query, Span span, Facet facet, List<Object> values) {
        var words = wordsOf(facet);
        var what = facet == null ? "source" : "facet";
        var grain = span.grain().word();
        var at = query.bucket() == null
                ? ""
                : "date_trunc('" + query.bucket().word() + "', " + grain + ", 'UTC') as at, ";
        var rows = new StringBuilder("select " + at + what + " as id, " + totals() + " from "
                + (facet == null ? "metering.usage_" : "metering.facet_") + grain + "s where " + grain + " >= "
                + parameter(values, span.from()) + " and " + grain + " < " + parameter(values, span.to()));
        if (!query.filters().isEmpty()) {
            // As an array, a few numbers are looked up by index without a guess of how many there are.
            rows.append(" and ")
                    .append(what)
                    .append(" = any (array(select id from ")
                    .append(words)
                    .append("))");
        } else if (facet != null) {
            rows.append(" and kind = ").append(facet.kind());
        }
        rows.append(query.bucket() == null ? " group by id" : " group by at, id");
        return "(select * from (" + rows + ") as r join " + words + " using (id))";
    }

    private static String totals() {
        return SUMS.stream()
                .map(sum -> "coalesce(metering.total(" + sum + "), 0) as " + sum)
                .collect(Collectors.joining(", "));
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
