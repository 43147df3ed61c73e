package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Caller;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.BiFunction;

/**
 * What work on runs needs.
 *
 * @param vertx to be used on the verticle's own context
 * @param bus where models, metering and accounts are asked
 * @param tools opens the tools of an agent for somebody
 * @param agents finds an agent by its id that somebody may use; fails with 404
 */
record Workplace(
        Vertx vertx,
        Bus bus,
        Database database,
        EventLog log,
        AssistantsSettings settings,
        BiFunction<Agent, Caller, Future<Toolbox>> tools,
        BiFunction<Caller, String, Future<Agent>> agents,
        Runs runs) {}
