package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What runs use up, and whether they may go on: what a run takes counts for all above it. To be used on a virtual thread. */
final class RunAccount {

    private static final Logger LOG = LoggerFactory.getLogger(RunAccount.class);

    /** The charge of an answer is there some milliseconds after its end. */
    private static final int LOOKS = 20;

    private static final long PAUSE_MILLIS = 100;

    private static final String ABOVE = """
        with recursive above as (
            select r.* from assistants.runs r where r.id = $1
            union all select r.* from assistants.runs r join above a on r.id = a.parent)
        """;

    private final Database database;
    private final Bus bus;

    RunAccount(Database database, Bus bus) {
        this.database = database;
        this.bus = bus;
    }

    /**
     * Whether the model may be asked once more.
     *
     * @return whether what it costs has to be known
     * @throws Broken if a limit of this run or of one above it is reached
     */
    boolean admit(RunRow run) {
        boolean costs = false;
        for (var row : ask(ABOVE + " select * from above order by depth desc", run.id())) {
            var limits = row.getJsonObject("limits");
            var whose = row.getString("id").equals(run.id()) ? "The run" : "A run above this one";
            if (row.getInteger("steps") >= limits.getInteger("steps")) {
                throw reached("steps_limit", whose + " has asked its model " + limits.getInteger("steps") + " times.");
            }
            long tokens = row.getLong("prompt_tokens") + row.getLong("completion_tokens");
            if (limits.getLong("tokens", 0L) > 0 && tokens >= limits.getLong("tokens")) {
                throw reached("tokens_limit", whose + " has used " + tokens + " tokens.");
            }
            if (limits.getString("cost") != null) {
                costs = true;
                if (row.getBigDecimal("cost").compareTo(new BigDecimal(limits.getString("cost"))) >= 0) {
                    throw reached("cost_limit", whose + " has cost what it may cost.");
                }
            }
        }
        return costs;
    }

    private static Broken reached(String code, String message) {
        return new Broken(code, message);
    }

    /**
     * Notes what a step took, for the run and all above it; once, however often it is noted.
     *
     * @param cost what it cost, or zero if that is of no interest
     */
    void add(RunRow run, int step, Turn.Consumed consumed, BigDecimal cost) {
        ask(
                ABOVE + """
                    , taken as (
                        insert into assistants.run_steps
                            (run, step, model, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, cost, receipt)
                        select $1, $2, $3, $4, $5, $6, $7, $8, $9 from assistants.runs where id = $1 and lease = $10
                        on conflict do nothing returning *),
                    locked as (select id from assistants.runs where id in (select id from above) order by id for no key update)
                    update assistants.runs r set steps = r.steps + 1, prompt_tokens = r.prompt_tokens + n.prompt_tokens,
                        completion_tokens = r.completion_tokens + n.completion_tokens, cached_tokens = r.cached_tokens + n.cached_tokens,
                        reasoning_tokens = r.reasoning_tokens + n.reasoning_tokens, cost = r.cost + n.cost
                    from taken n, locked l where r.id = l.id
                    """,
                run.id(),
                step,
                consumed.model(),
                consumed.prompt(),
                consumed.completion(),
                consumed.cached(),
                consumed.reasoning(),
                cost,
                consumed.receipt(),
                run.lease());
    }

    /** Whether what a step took is noted. */
    boolean has(RunRow run, int step) {
        return ask("select from assistants.run_steps where run = $1 and step = $2", run.id(), step)
                        .size()
                == 1;
    }

    /** What a step cost, as metering knows it; zero if it does not. */
    BigDecimal cost(RunRow run, Caller caller, String receipt, Halt halt) {
        for (int look = 0; look < LOOKS; look++) {
            var call = new Call(bus.nextId(), run.requestId(), caller, Map.of("request", receipt), null);
            try {
                var found = new JsonObject(
                        halt.await(bus.ask("metering.getReceipt", call).next()).body());
                if (found.getString("charged") != null) {
                    return new BigDecimal(found.getString("charged"));
                }
            } catch (Failure failure) {
                LOG.debug("What a step of run {} cost is not known", run.id(), failure);
                if (failure.status() != 404) {
                    return BigDecimal.ZERO;
                }
            }
            halt.pause(PAUSE_MILLIS);
        }
        return BigDecimal.ZERO;
    }

    private RowSet<Row> ask(String sql, Object... values) {
        return database.pool().preparedQuery(sql).execute(Tuple.from(values)).await();
    }
}
