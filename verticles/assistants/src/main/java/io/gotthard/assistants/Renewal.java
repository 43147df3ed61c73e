package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import io.gotthard.contracts.Residency;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** For whom a run works, each time it is taken up: what they may do by then, and not what they might when it began. */
final class Renewal {

    private final Bus bus;

    Renewal(Bus bus) {
        this.bus = bus;
    }

    /**
     * Who they are by now. To be used on a virtual thread.
     *
     * @throws Broken if they may do nothing any more
     * @throws Failure 503 if accounts can't be asked
     */
    Caller of(RunRow run, Halt halt) {
        var parameters = Map.of(
                "key", run.caller().getString("key"),
                "account", run.caller().getString("account"),
                "tenant", run.caller().getString("tenant"));
        var call = new Call(bus.nextId(), run.requestId(), Caller.NOBODY, parameters, null);
        try {
            return caller(new JsonObject(
                    halt.await(bus.ask("accounts.renewCaller", call).next()).body()));
        } catch (Failure failure) {
            if (failure.status() == 401) {
                throw new Broken("not_allowed", "Who began the run may no longer act.");
            }
            throw failure;
        }
    }

    private static Caller caller(JsonObject known) {
        return new Caller(
                known.getString("key_id"),
                known.getString("account"),
                known.getString("tenant"),
                known.getBoolean("administrator"),
                texts(known.getJsonArray("roles")),
                permissions(known),
                known.getString("bound_model"),
                Residency.of(known.getJsonArray("only")));
    }

    private static Permissions permissions(JsonObject known) {
        var sets = known.getJsonArray("rules").stream()
                .map(set -> texts((JsonArray) set))
                .toList();
        if (sets.isEmpty()) {
            return known.getBoolean("administrator") ? Permissions.ALL : Permissions.NONE;
        }
        return Permissions.of(sets);
    }

    private static List<String> texts(JsonArray array) {
        return array.stream().map(String.class::cast).toList();
    }
}
