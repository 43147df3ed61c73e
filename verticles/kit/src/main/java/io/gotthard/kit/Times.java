package io.gotthard.kit;

import io.vertx.sqlclient.Row;

/** Moments as clients see them: RFC 3339 in UTC. */
public final class Times {

    private Times() {}

    /** The moment in a column of type {@code timestamptz}; null if the column is. */
    public static String text(Row row, String column) {
        var moment = row.getOffsetDateTime(column);
        return moment == null ? null : moment.toInstant().toString();
    }
}
