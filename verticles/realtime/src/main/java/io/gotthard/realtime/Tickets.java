package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.kit.Credential;
import io.gotthard.kit.Database;
import io.gotthard.kit.Ids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** What may stand in a socket's address in place of a key: good once, for half a minute, at any node. */
final class Tickets {

    private static final Duration LIFE = Duration.ofSeconds(30);

    private final Database database;

    Tickets(Database database) {
        this.database = database;
    }

    /** {@code realtime.createTicket}: a ticket for the caller. */
    Future<Answer> create(Call call) {
        var ticket = Ids.next("tkt");
        var caller = call.caller();
        var expires = Instant.now().plus(LIFE);
        return database.pool()
                .preparedQuery("""
                    insert into realtime.tickets (hash, key_id, account, tenant, expires_at) values ($1, $2, $3, $4, $5)
                    """)
                .execute(Tuple.of(
                        Credential.hash(ticket),
                        caller.keyId(),
                        caller.account(),
                        caller.tenant(),
                        OffsetDateTime.ofInstant(expires, ZoneOffset.UTC)))
                .map(stored -> Answer.json(new JsonObject()
                        .put("ticket", ticket)
                        .put("expires_at", expires.toString())
                        .toBuffer()));
    }

    /** {@code realtime.redeemTicket}: whose the ticket with this hash is, which is no good afterwards; 401 if it is none. */
    Future<Answer> redeem(Call call) {
        return database.pool()
                .preparedQuery("""
                    delete from realtime.tickets where hash = $1
                    returning key_id, account, tenant, expires_at > now() as good
                    """)
                .execute(Tuple.of(call.parameters().get("hash")))
                .map(rows -> {
                    if (rows.size() == 0 || !rows.iterator().next().getBoolean("good")) {
                        throw Credential.incorrect();
                    }
                    var row = rows.iterator().next();
                    return Answer.json(new JsonObject()
                            .put("key", row.getString("key_id"))
                            .put("account", row.getString("account"))
                            .put("tenant", row.getString("tenant"))
                            .toBuffer());
                });
    }

    /** Removes those that nobody used. */
    Future<Void> sweep() {
        return database.pool()
                .query("delete from realtime.tickets where expires_at < now() - interval '1 minute'")
                .execute()
                .mapEmpty();
    }
}
