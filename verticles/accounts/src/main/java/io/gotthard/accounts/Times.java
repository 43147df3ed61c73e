package io.gotthard.accounts;

import io.vertx.sqlclient.Row;

/** Moments as clients see them: ISO 8601 in UTC. */
final class Times {

    private Times() {}

    /** Null if the column is. */
    static String text(Row row, String column) {
        var moment = row.getOffsetDateTime(column);
        return moment == null ? null : moment.toInstant().toString();
    }
}
