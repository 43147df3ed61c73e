package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.OffsetDateTime;

/**
 * A thread as one of its members sees it.
 *
 * @param number what tables and the log know it by; no client sees it
 * @param tenant whose it is; empty for a system administrator's without one
 * @param owner the account that made it; who owns it by now is told by the members' roles
 * @param version counts the changes of title, metadata and archiving
 * @param forkedFrom the thread of which it is a copy, or null
 * @param forkedAt the last event that was copied, or null
 * @param lastSeq the place of its last event, when this was read
 * @param role what the member may do
 * @param activeAt when it last got a message
 */
record ThreadRow(
        long number,
        String id,
        String tenant,
        String owner,
        String title,
        JsonObject metadata,
        boolean archived,
        int version,
        String forkedFrom,
        Long forkedAt,
        long lastSeq,
        Role role,
        OffsetDateTime createdAt,
        OffsetDateTime updatedAt,
        OffsetDateTime activeAt) {

    /** What a query selects for {@link #of} from {@code threads t} and {@code members m}. */
    static final String COLUMNS = """
        t.number, t.id, t.tenant, t.owner, t.title, t.metadata, t.archived, t.version, t.forked_from, t.forked_at, t.last_seq,
        m.role, t.created_at, t.updated_at, m.active_at
        """;

    static ThreadRow of(Row row) {
        return new ThreadRow(
                row.getLong("number"),
                row.getString("id"),
                row.getString("tenant"),
                row.getString("owner"),
                row.getString("title"),
                row.getJsonObject("metadata"),
                row.getBoolean("archived"),
                row.getInteger("version"),
                row.getString("forked_from"),
                row.getLong("forked_at"),
                row.getLong("last_seq"),
                Role.of(row.getString("role")),
                row.getOffsetDateTime("created_at"),
                row.getOffsetDateTime("updated_at"),
                row.getOffsetDateTime("active_at"));
    }

    /** @throws Failure 403 if the member may do less */
    ThreadRow require(Role atLeast) {
        if (!role.includes(atLeast)) {
            throw Failure.forbidden(
                    "This needs the role '" + atLeast.text() + "' in the thread; yours is '" + role.text() + "'.");
        }
        return this;
    }

    /** Names what it is now, as HTTP has it. */
    String etag() {
        return "\"" + version + "\"";
    }

    JsonObject json() {
        return new JsonObject()
                .put("id", id)
                .put("title", title)
                .put("metadata", metadata)
                .put("archived", archived)
                .put("created_by", owner)
                .put("role", role.text())
                .put("forked_from", forkedFrom)
                .put("forked_at", forkedAt)
                .put("last_seq", lastSeq)
                .put("created_at", createdAt.toInstant().toString())
                .put("updated_at", updatedAt.toInstant().toString())
                .put("active_at", activeAt.toInstant().toString());
    }
}
