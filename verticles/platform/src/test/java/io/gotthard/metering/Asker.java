package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Transaction;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/**
 * Somebody who asks operations of metering for something.
 *
 * @param caller who it is
 */
record Asker(Caller caller) {

    /** A system administrator. */
    static Asker system() {
        return new Asker(new Caller("key_s", "usr_s", "", true, List.of(), Permissions.ALL, null));
    }

    /** Somebody in a tenant who may do what one set of rules says. */
    static Asker of(String account, String tenant, String... rules) {
        var permissions = Permissions.of(List.of(List.of(rules)));
        return new Asker(new Caller("key_x", account, tenant, permissions, null));
    }

    /** The same with a key that is for one model. */
    Asker boundTo(String model) {
        return new Asker(new Caller(caller.keyId(), caller.account(), caller.tenant(), caller.permissions(), model));
    }

    /** A call with parameters, given as names and values, and a body or null. */
    Call call(JsonObject body, String... parameters) {
        var given = new HashMap<String, String>();
        for (int i = 0; i < parameters.length; i += 2) {
            given.put(parameters[i], parameters[i + 1]);
        }
        return new Call(
                UUID.randomUUID().toString(),
                "req_test",
                caller,
                Map.copyOf(given),
                body == null ? null : JsonBody.parse(Buffer.buffer(body.encode())));
    }

    /** Has an operation done in a transaction, and waits for it. */
    JsonObject ask(
            Transaction.Settings transactions,
            Function<Work, Answer> operation,
            JsonObject body,
            String... parameters) {
        return Work.in(transactions, call(body, parameters), operation).body().toJsonObject();
    }
}
