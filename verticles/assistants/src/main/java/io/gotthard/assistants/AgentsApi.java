package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Operation;
import io.gotthard.kit.Database;
import io.gotthard.kit.Page;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.gotthard.kit.Transaction;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The agents as resources. Who may use one sees what it is for; what it is made of, and its earlier versions, are for those who may change
 * it. Changing one makes a new version; runs go on with the one they began with. To be called on virtual threads.
 */
final class AgentsApi {

    private static final int MOST_IN_A_TENANT = 1_000;

    private final Agents agents;
    private final BiConsumer<List<JsonObject>, String> tools;
    private final Transaction.Settings transactions;

    /** @param tools checks the tools that an assistant of a tenant declares; fails with 400 */
    AgentsApi(Database database, Agents agents, BiConsumer<List<JsonObject>, String> tools) {
        this.agents = agents;
        this.tools = tools;
        this.transactions = new Transaction.Settings(
                database, "Assistants can't be read or changed at the moment.", AgentsApi::broken);
    }

    private static Failure broken(PgException cause) {
        // Of two who make the same name, or a new version, at the same time.
        return "23505".equals(cause.getSqlState())
                ? Refusal.conflict("changed_meanwhile", "Somebody else has just changed this assistant.")
                : null;
    }

    /** The operations by their addresses. */
    Map<String, Operation> operations() {
        return Map.of(
                "assistants.listAgents", Answering.with(this::list),
                "assistants.createAgent", Answering.with(this::create),
                "assistants.getAgent", Answering.with(this::get),
                "assistants.updateAgent", Answering.with(this::update),
                "assistants.deleteAgent", Answering.with(this::delete),
                "assistants.listAgentVersions", Answering.with(this::versions),
                "assistants.getAgentVersion", Answering.with(this::version));
    }

    /** Those that the caller may use, by their ids. */
    private Answer list(Call call) {
        var page = Page.of(call);
        var data = new JsonArray();
        String next = null;
        for (var agent : agents.all(call.caller()).await()) {
            if (agent.id().compareTo(page.after()) <= 0) {
                continue;
            }
            if (data.size() == page.limit()) {
                next = data.getJsonObject(data.size() - 1).getString("id");
                break;
            }
            data.add(AgentResource.json(call.caller(), agent));
        }
        return ok(new JsonObject().put("data", data).put("next", next));
    }

    /** A new one, in its first version; its maker is its owner. */
    private Answer create(Call call) {
        return Transaction.in(transactions, call, work -> {
            var caller = call.caller();
            var body = new JsonObject(call.body().fields());
            var name = body.getString("name");
            if (!DefinitionRules.NAME.matcher(name).matches()) {
                throw Failure.invalid(
                        "name",
                        "'name' must be 1 to 64 of A to Z, a to z, 0 to 9, _ and -, and begin with a letter or digit.");
            }
            var definition = checked(caller, AgentDefinition.of(body));
            if (agents.isConfigured(name)) {
                throw taken();
            }
            var known = work.one(
                    "select count(*) as count from assistants.agents where tenant = $1 and deleted_at is null",
                    caller.tenant());
            if (known.getLong("count") >= MOST_IN_A_TENANT) {
                throw Refusal.conflict("too_many_agents", "A tenant can have " + MOST_IN_A_TENANT + " assistants.");
            }
            // One that was deleted, or is in the configuration no more, goes on counting, because of the runs that may
            // still work with its versions.
            var row = work.one("""
                insert into assistants.agents as a (class, name, tenant, owner, version) values ('Assistant', $1, $2, $3, 1)
                on conflict (tenant, class, name) do update set owner = $3, version = a.version + 1,
                    first_version = a.version + 1, created_at = now(), updated_at = now(), deleted_at = null
                    where a.deleted_at is not null or a.owner = ''
                returning version
                """, name, caller.tenant(), caller.account());
            if (row == null) {
                throw taken();
            }
            var agent = new Agent(
                    Agent.DECLARED, name, caller.tenant(), caller.account(), row.getInteger("version"), definition);
            store(work, caller, agent);
            return AgentResource.answer(caller, agent);
        });
    }

    private AgentDefinition checked(Caller caller, AgentDefinition definition) {
        tools.accept(definition.tools(), caller.tenant());
        return DefinitionRules.checked(definition);
    }

    private static Failure taken() {
        return Refusal.conflict("name_taken", "There is an assistant with this name already.");
    }

    private static void store(Transaction work, Caller caller, Agent agent) {
        work.run(
                """
                insert into assistants.agent_versions (tenant, class, name, version, definition, created_by)
                values ($1, $2, $3, $4, $5, $6)
                """,
                agent.tenant(),
                agent.agentClass(),
                agent.name(),
                agent.version(),
                agent.definition().json(),
                caller.account());
    }

    /** One that the caller may use. */
    private Answer get(Call call) {
        return AgentResource.answer(call.caller(), find(call));
    }

    private Agent find(Call call) {
        return agents.find(
                        call.caller(),
                        call.parameters().get("class") + "/" + call.parameters().get("name"))
                .await();
    }

    private Agent changeable(Call call) {
        var agent = find(call);
        if (!Agents.mayChange(call.caller(), agent)) {
            throw Failure.forbidden(
                    agent.owner().isEmpty()
                            ? "This agent is declared in the configuration or by a worker, and changed there."
                            : "This needs the permission 'gotthard.admin." + agent.resource()
                                    + "', which you do not have.");
        }
        return agent;
    }

    /** The same with some of it changed, as a new version. */
    private Answer update(Call call) {
        var found = changeable(call);
        return Transaction.in(transactions, call, work -> {
            var before = locked(work, found);
            var definition = checked(
                    call.caller(),
                    before.definition().with(new JsonObject(call.body().fields())));
            if (definition.equals(before.definition())) {
                return AgentResource.answer(call.caller(), before);
            }
            var after = new Agent(
                    before.agentClass(),
                    before.name(),
                    before.tenant(),
                    before.owner(),
                    before.version() + 1,
                    definition);
            work.run("""
                update assistants.agents set version = $4, updated_at = now()
                where tenant = $1 and class = $2 and name = $3
                """, after.tenant(), after.agentClass(), after.name(), after.version());
            store(work, call.caller(), after);
            return AgentResource.answer(call.caller(), after);
        });
    }

    /** Nobody sees it from then on; runs that have begun go on. */
    private Answer delete(Call call) {
        var found = changeable(call);
        return Transaction.in(transactions, call, work -> {
            var agent = locked(work, found);
            work.run("""
                update assistants.agents set deleted_at = now() where tenant = $1 and class = $2 and name = $3
                """, agent.tenant(), agent.agentClass(), agent.name());
            return ok(new JsonObject().put("id", agent.id()).put("deleted", true));
        });
    }

    /** The latest version, which stays that until the transaction ends; fails if it is not the one that was asked for. */
    private static Agent locked(Transaction work, Agent agent) {
        // In a statement of its own: one that waits for the lock and joins would look for the version of before, and
        // find none.
        work.one(
                "select from assistants.agents where tenant = $1 and class = $2 and name = $3 for update",
                agent.tenant(),
                agent.agentClass(),
                agent.name());
        var row = work.one(
                Agents.LATEST + " and a.tenant = $1 and a.class = $2 and a.name = $3 and a.owner = $4",
                agent.tenant(),
                agent.agentClass(),
                agent.name(),
                agent.owner());
        if (row == null) {
            throw Agents.notFound();
        }
        var latest = Agents.agent(row);
        AgentResource.checkTag(work.parameter("if-match"), latest);
        return latest;
    }

    /** The versions of one, the latest first, without what they were made of. */
    private Answer versions(Call call) {
        var agent = changeable(call);
        return Transaction.in(transactions, call, work -> {
            var page = work.page();
            var rows = work.run(
                    """
                    select v.version, v.created_by, v.created_at from assistants.agent_versions v
                    join assistants.agents a using (tenant, class, name)
                    where tenant = $1 and class = $2 and name = $3 and v.version >= a.first_version and v.version < $4
                    order by v.version desc limit $5
                    """,
                    agent.tenant(),
                    agent.agentClass(),
                    agent.name(),
                    (int) Math.min(page.before(), Integer.MAX_VALUE),
                    page.rows());
            return ok(page.json(rows, AgentsApi::version));
        });
    }

    private static JsonObject version(Row row) {
        return new JsonObject()
                .put("id", row.getInteger("version").toString())
                .put("version", row.getInteger("version"))
                .put("created_by", row.getString("created_by"))
                .put("created_at", Times.text(row, "created_at"));
    }

    /** One version with what it was made of. */
    private Answer version(Call call) {
        var agent = changeable(call);
        return Transaction.in(transactions, call, work -> {
            var row = work.one(
                    """
                    select v.version, v.created_by, v.created_at, v.definition from assistants.agent_versions v
                    join assistants.agents a using (tenant, class, name)
                    where tenant = $1 and class = $2 and name = $3 and v.version = $4 and v.version >= a.first_version
                    """, agent.tenant(), agent.agentClass(), agent.name(), Integer.parseInt(work.parameter("version")));
            if (row == null) {
                throw Refusal.notFound("version");
            }
            return ok(version(row)
                    .mergeIn(AgentDefinition.of((JsonObject) row.getValue("definition"))
                            .json()));
        });
    }

    private static Answer ok(JsonObject body) {
        return Answer.json(body.toBuffer());
    }
}
