package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;

/** Who changed wallets, prices and limits, and how, the latest first. Who administers a tenant reads what happened in it. */
final class History {

    private History() {}

    private static JsonObject json(Row row) {
        return new JsonObject()
                .put("id", Long.toString(row.getLong("id")))
                .put("at", Times.text(row, "at"))
                .put("account", row.getString("account"))
                .put("key_id", row.getString("key_id"))
                .put("tenant", row.getString("tenant"))
                .put("action", row.getString("action"))
                .put("object", row.getString("object"))
                .put("before", row.getJsonObject("before"))
                .put("after", row.getJsonObject("after"))
                .put("request_id", row.getString("request_id"));
    }

    static Answer list(Work work) {
        work.requireAdministrator();
        var page = work.page();
        var rows = work.run(
                """
                select * from metering.changes where ($1::text is null or tenant = $1)
                    and id < $2 and ($3::text is null or object = $3) and ($4::text is null or account = $4)
                    and ($5::text is null or action = $5) and ($6::text is null or tenant = $6)
                order by id desc limit $7
                """,
                work.limitedTo(),
                page.before(),
                work.parameter("object"),
                work.parameter("account"),
                work.parameter("action"),
                work.parameter("tenant"),
                page.rows());
        return Work.ok(page.json(rows, History::json));
    }
}
