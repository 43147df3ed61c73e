package io.gotthard.metering;

import io.gotthard.kit.Times;
import io.vertx.sqlclient.Row;
import java.util.List;

/**
 * What a file of usage has in its columns: charges, or sums by time and group.
 *
 * @param sql where its rows come from
 * @param query what is asked for
 * @param ofCharges whether a row is a charge
 * @param currency the currency of all amounts
 */
record UsageTable(UsageSql sql, UsageQuery query, boolean ofCharges, String currency) {

    /** The words of {@link io.gotthard.contracts.Usage.Source}, by the numbers that the journal gives them. */
    private static final List<String> COUNTED = List.of("reported", "counted", "estimated", "none");

    static UsageTable charges(UsageQuery query, String currency) {
        return new UsageTable(UsageSql.charges(query), query, true, currency);
    }

    static UsageTable sums(UsageQuery query, String currency) {
        var hours = query.inHours();
        return new UsageTable(UsageSql.sums(hours, 0), hours, false, currency);
    }

    /** The first line: what the columns are. */
    void head(Csv csv) {
        if (ofCharges) {
            csv.plain(
                            "started_at,request_id,receipt,tenant,account,key,model,upstream,operation,outcome,counted,attempts")
                    .plain("duration_ms,first_token_ms");
        } else {
            if (query.bucket() != null) {
                csv.plain("at");
            }
            query.groups().forEach(group -> csv.plain(group.word()));
            csv.plain("requests,failed,average_duration_ms");
        }
        csv.plain("prompt_tokens,completion_tokens,cached_tokens,reasoning_tokens,images,audio_ms,characters")
                .plain("amount,written_off,currency")
                .line();
    }

    /** The line of a row. */
    void line(Csv csv, Row row) {
        if (ofCharges) {
            charge(csv, row);
        } else {
            sum(csv, row);
        }
        csv.number(row.getLong("prompt"))
                .number(row.getLong("completion"))
                .number(row.getLong("cached"))
                .number(row.getLong("reasoning"))
                .number(row.getLong("images"))
                .number(row.getLong("audio_ms"))
                .number(row.getLong("characters"))
                .plain(Money.text(row.getLong("amount")))
                .plain(Money.text(row.getLong("written_off")))
                .plain(currency)
                .line();
    }

    private static void charge(Csv csv, Row row) {
        csv.plain(Times.text(row, "started_at"))
                .text(row.getString("request_id"))
                .plain(row.getString("receipt"));
        for (var dimension : Dimension.values()) {
            csv.text(row.getString(dimension.column()));
        }
        csv.plain(outcome(row.getShort("outcome")))
                .plain(COUNTED.get(row.getShort("counted")))
                .number(row.getShort("attempts"))
                .number(row.getInteger("duration_ms"))
                .number(row.getInteger("first_token_ms"));
    }

    private static String outcome(short number) {
        return switch (number) {
            case 1 -> "settled";
            case 2 -> "released";
            default -> "unknown";
        };
    }

    private void sum(Csv csv, Row row) {
        if (query.bucket() != null) {
            csv.plain(Times.text(row, "at"));
        }
        query.groups().forEach(group -> csv.text(row.getString(group.column())));
        long requests = row.getLong("requests");
        csv.number(requests)
                .number(row.getLong("failed"))
                .number(requests == 0 ? null : row.getLong("duration_ms") / requests);
    }
}
