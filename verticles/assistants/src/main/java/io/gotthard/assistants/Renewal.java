package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Holder;
import io.vertx.core.json.JsonObject;
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
     * @throws Broken if they may do nothing any more, or no longer use the agent
     * @throws Failure 503 if accounts can't be asked
     */
    Caller of(RunRow run, Halt halt) {
        var parameters = Map.of(
                "key", run.caller().getString("key"),
                "account", run.caller().getString("account"),
                "tenant", run.caller().getString("tenant"));
        var call = new Call(bus.nextId(), run.requestId(), Caller.NOBODY, parameters, null);
        try {
            var known = halt.await(bus.ask("accounts.renewCaller", call).next());
            var caller = Holder.of(new JsonObject(known.body())).caller();
            // What the key is bound to is the agent that was asked first, which need not be this one.
            if (!Agents.mayUse(caller.unbound(), run.agent())) {
                throw new Broken("not_allowed", "Who began the run may no longer use this agent.");
            }
            return caller;
        } catch (Failure failure) {
            if (failure.status() == 401) {
                throw new Broken("not_allowed", "Who began the run may no longer act.");
            }
            throw failure;
        }
    }
}
