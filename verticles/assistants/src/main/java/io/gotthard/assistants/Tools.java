package io.gotthard.assistants;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.AddressRule;
import io.gotthard.kit.Whereabouts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What assistants can call: operations of HTTP servers, tools of MCP servers, and what is built in. Other assistants, people and the
 * caller's own functions are not called from here; but nothing here has their names.
 */
final class Tools {

    private static final Logger LOG = LoggerFactory.getLogger(Tools.class);
    /** How many functions models take. */
    private static final int MOST_FUNCTIONS = 128;

    private final ToolsSettings settings;
    private final Outside outside;
    private final ToolSecrets secrets;
    private final BuiltIns builtIns;
    private final OpenApiTools openApi;
    private final McpTools mcp;

    Tools(Vertx vertx, ToolsSettings settings) {
        this(vertx, settings, Whereabouts.USUAL, InstantSource.system());
    }

    Tools(Vertx vertx, ToolsSettings settings, Whereabouts.Names names, InstantSource clock) {
        this.settings = settings;
        this.outside = new Outside(vertx, AddressRule.of(settings.networks()), names);
        this.secrets = new ToolSecrets(settings.secrets());
        this.builtIns = new BuiltIns(settings, outside, clock);
        this.openApi = new OpenApiTools(vertx, settings, outside, secrets);
        this.mcp = new McpTools(vertx, settings, outside, secrets);
    }

    /** How long a call may take. */
    static Duration within(ToolsSettings settings, Tool.Invocation invocation) {
        return invocation.timeLeft().compareTo(settings.timeout()) < 0 ? invocation.timeLeft() : settings.timeout();
    }

    /**
     * Checks the tools that somebody declares, and that the secrets in them may be used where they are.
     *
     * @throws Failure 400 with what is wrong and where
     */
    void check(List<JsonObject> definitions, String tenant) {
        ToolDefinitions.check(definitions);
        for (int i = 0; i < definitions.size(); i++) {
            var definition = definitions.get(i);
            var type = definition.getString("type");
            var server = definition.getString("mcp".equals(type) ? "url" : "server");
            try {
                // A document says later where its server is, and then it is checked.
                if (definition.containsKey("auth") && server != null) {
                    secrets.headers(definition, Outside.uri(server), tenant);
                }
            } catch (Trouble e) {
                throw Failure.invalid("tools[" + i + "].auth.secret", e.getMessage());
            }
        }
    }

    /**
     * What a run of an assistant can call. A tool that is not there at the moment does not keep it from the others: it is among the
     * toolbox's problems.
     *
     * @param caller for whom it works; an assistant of the configuration uses secrets in the name of their tenant
     */
    Future<Toolbox> open(Agent agent, Caller caller) {
        var tenant = agent.tenant().isEmpty() ? caller.tenant() : agent.tenant();
        var taken = new HashSet<String>();
        var opening = new ArrayList<Future<Opened>>();
        for (var definition : agent.definition().tools()) {
            if (ToolDefinitions.OF_RUNS.contains(definition.getString("type"))) {
                taken.add(ToolDefinitions.name(definition));
            } else {
                opening.add(
                        open(definition, tenant).recover(cause -> Future.succeededFuture(absent(definition, cause))));
            }
        }
        return Future.all(List.copyOf(opening)).map(all -> toolbox(agent, all.<Opened>list(), taken));
    }

    private Future<Opened> open(JsonObject definition, String tenant) {
        try {
            return switch (definition.getString("type")) {
                case "builtin" -> Future.succeededFuture(builtIns.open(definition));
                case "openapi" -> openApi.open(definition, tenant);
                default -> mcp.open(definition, tenant);
            };
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private static Opened absent(JsonObject definition, Throwable cause) {
        if (Trouble.isUnforeseen(cause)) {
            LOG.warn("Tool {} can't be opened", definition.getString("name"), cause);
        }
        return Opened.of(
                List.of(),
                List.of(definition.getString("name") + ": " + Trouble.of(cause).getMessage()));
    }

    private Toolbox toolbox(Agent agent, List<Opened> opened, Set<String> taken) {
        var offers = new ArrayList<Offer>();
        var problems = new ArrayList<String>();
        for (var each : opened) {
            offers.addAll(each.offers());
            each.problems().forEach(problem -> problems.add(secrets.mask(problem)));
        }
        if (offers.size() > MOST_FUNCTIONS) {
            problems.add("Of " + offers.size() + " functions, only the first " + MOST_FUNCTIONS + " are there.");
            offers.subList(MOST_FUNCTIONS, offers.size()).clear();
        }
        if (!problems.isEmpty()) {
            LOG.info("Assistant {} has not all of its tools: {}", agent.id(), problems);
        }
        var names = FunctionNames.distinct(offers, taken);
        var tools = new ArrayList<Tool>();
        for (int i = 0; i < offers.size(); i++) {
            tools.add(new FunctionTool(
                    names.get(i), offers.get(i), settings.answer().bytes(), secrets::mask));
        }
        return new Box(List.copyOf(tools), List.copyOf(problems), opened);
    }

    /** Closes all connections; toolboxes that are open can't be used any more. */
    Future<Void> close() {
        return outside.close();
    }

    private record Box(List<Tool> tools, List<String> problems, List<Opened> opened) implements Toolbox {

        @Override
        public Future<Void> close() {
            var closing = opened.stream().map(each -> each.close().get()).toList();
            return Future.join(closing).<Void>mapEmpty().otherwiseEmpty();
        }
    }
}
