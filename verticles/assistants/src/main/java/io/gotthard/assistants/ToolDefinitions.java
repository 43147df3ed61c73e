package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The tools that an assistant declares, as {@code docs/assistant-tools.md} has them: whether they are well-formed. */
final class ToolDefinitions {

    /** How many tools one assistant may declare. */
    static final int MOST = 64;

    private static final int LONGEST_TEXT = 4000;
    private static final int MOST_NAMES = 200;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

    /** What HTTP, the protocols or a secret say, and so nobody else does. */
    private static final Set<String> OWN_HEADERS = Set.of(
            "accept",
            "accept-encoding",
            "authorization",
            "connection",
            "content-length",
            "content-type",
            "cookie",
            "expect",
            "host",
            "idempotency-key",
            "keep-alive",
            "last-event-id",
            "mcp-protocol-version",
            "mcp-session-id",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private static final Map<String, Set<String>> FIELDS = Map.of(
            "openapi", Set.of("type", "name", "url", "document", "server", "operations", "auth", "approval"),
            "mcp", Set.of("type", "name", "url", "headers", "auth", "tools", "approval"),
            "builtin", Set.of("type", "name", "approval"),
            "assistant", Set.of("type", "agent", "name", "description", "approval"),
            "function", Set.of("type", "function"),
            "human", Set.of("type", "name", "description", "schema", "expires_seconds"));

    /** What runs do themselves, and no tool of {@link Tools}. */
    static final Set<String> OF_RUNS = Set.of("assistant", "function", "human");

    private ToolDefinitions() {}

    /**
     * Checks what can be checked without asking anybody.
     *
     * @throws Failure 400 with what is wrong and where, as in {@code tools[2].url}
     */
    static void check(List<JsonObject> definitions) {
        if (definitions.size() > MOST) {
            throw Failure.invalid("tools", "An assistant has at most " + MOST + " tools.");
        }
        var names = new HashSet<String>();
        for (int i = 0; i < definitions.size(); i++) {
            var at = new Place("tools[" + i + "]", definitions.get(i));
            check(at);
            // Those of runs are a function each, and models know functions by their names only.
            var type = at.object().getString("type");
            if (!names.add((OF_RUNS.contains(type) ? "" : type + " ") + name(at.object()))) {
                throw Failure.invalid(at.path(), "There is another tool of this name.");
            }
        }
    }

    /** What the tool is called; for those that are one function also what the model calls it, if nothing else has that name. */
    static String name(JsonObject definition) {
        return switch (definition.getString("type")) {
            case "function" -> definition.getJsonObject("function").getString("name");
            case "human" -> definition.getString("name", "ask_human");
            case "assistant" ->
                definition.getString(
                        "name",
                        FunctionNames.valid(definition.getString("agent").replaceFirst("^.*/", "")));
            default -> definition.getString("name");
        };
    }

    private static void check(Place at) {
        var type = at.text("type", true);
        var fields = FIELDS.get(type);
        if (fields == null) {
            throw at.wrong("type", "must be one of openapi, mcp, builtin, assistant, function and human");
        }
        for (var field : at.object().fieldNames()) {
            if (!fields.contains(field)) {
                throw at.wrong(field, "is not known for tools of type " + type);
            }
        }
        at.text("description", false);
        checkApproval(at);
        switch (type) {
            case "openapi" -> openapi(at);
            case "mcp" -> mcp(at);
            case "builtin" -> {
                if (!BuiltIns.NAMES.contains(at.text("name", true))) {
                    throw at.wrong("name", "must be one of " + String.join(", ", BuiltIns.NAMES));
                }
            }
            case "assistant" -> {
                if (!at.text("agent", true).matches("[^/\\s]{1,100}/[^/\\s]{1,200}")) {
                    throw at.wrong("agent", "must be such as Assistant/name");
                }
                at.name("name", false);
            }
            case "function" -> function(at);
            default -> human(at);
        }
    }

    /** Of what it asks, {@code schema} is what an input has to fit; it can be answered for {@code expires_seconds}. */
    private static void human(Place at) {
        at.name("name", false);
        if (at.object().containsKey("schema") && !(at.object().getValue("schema") instanceof JsonObject)) {
            throw at.wrong("schema", "must be a JSON Schema");
        }
        var seconds = at.object().getValue("expires_seconds");
        if (seconds != null && !(seconds instanceof Integer number && number > 0)) {
            throw at.wrong("expires_seconds", "must be a number of seconds");
        }
    }

    private static void openapi(Place at) {
        at.name("name", true);
        var document = at.object().getValue("document");
        if (at.object().containsKey("url") == (document != null)) {
            throw at.wrong("url", "or document must be there, and only one of them");
        }
        if (document == null) {
            at.url("url", true);
        } else if (!(document instanceof JsonObject) && !(document instanceof String)) {
            throw at.wrong("document", "must be an OpenAPI document, as an object or as a text");
        } else {
            // Nobody else tells where its server is, if it says nothing of that.
            OpenApiDocument.check(document, at.path() + ".document");
        }
        at.url("server", false);
        at.names("operations");
        auth(at);
    }

    private static void mcp(Place at) {
        at.name("name", true);
        at.url("url", true);
        at.names("tools");
        auth(at);
        var headers = at.object().getValue("headers");
        if (headers == null) {
            return;
        }
        if (!(headers instanceof JsonObject map) || map.size() > 20) {
            throw at.wrong("headers", "must be an object of at most 20 texts");
        }
        map.forEach(header -> {
            if (!isOpenHeader(header.getKey()) || !(header.getValue() instanceof String text) || !isHeaderValue(text)) {
                throw at.wrong("headers." + header.getKey(), "is none that can be set here");
            }
        });
    }

    private static void function(Place at) {
        if (!(at.object().getValue("function") instanceof JsonObject function)) {
            throw at.wrong("function", "must be an object");
        }
        var inner = new Place(at.path() + ".function", function);
        inner.name("name", true);
        inner.text("description", false);
        if (function.containsKey("parameters") && !(function.getValue("parameters") instanceof JsonObject)) {
            throw inner.wrong("parameters", "must be a JSON Schema");
        }
    }

    private static void auth(Place at) {
        if (!at.object().containsKey("auth")) {
            return;
        }
        if (!(at.object().getValue("auth") instanceof JsonObject auth)) {
            throw at.wrong("auth", "must be an object");
        }
        var inner = new Place(at.path() + ".auth", auth);
        var type = inner.text("type", true);
        inner.name("secret", true);
        switch (type) {
            case "bearer", "basic" -> {}
            case "header" -> {
                var header = inner.text("header", true);
                if (!isOpenHeader(header)) {
                    throw inner.wrong("header", "is none that can be set here");
                }
            }
            default -> throw inner.wrong("type", "must be bearer, header or basic");
        }
        for (var field : auth.fieldNames()) {
            if (!Set.of("type", "secret", "header").contains(field)) {
                throw inner.wrong(field, "is not known");
            }
        }
    }

    private static void checkApproval(Place at) {
        var approval = at.object().getValue("approval");
        if (approval instanceof JsonArray) {
            at.names("approval");
        } else if (approval != null && !"none".equals(approval) && !"all".equals(approval)) {
            throw at.wrong("approval", "must be none, all, or a list of names");
        }
    }

    /** Whether a person has to agree before the function of these names is called. */
    static boolean needsApproval(JsonObject definition, String... names) {
        var approval = definition.getValue("approval");
        return approval instanceof JsonArray list
                ? List.of(names).stream().anyMatch(list::contains)
                : "all".equals(approval);
    }

    /** Whether a definition or a document may name this header: it is one, and none that something else decides on. */
    static boolean isOpenHeader(String name) {
        var lower = name.toLowerCase(Locale.ROOT);
        return HEADER.matcher(name).matches() && !OWN_HEADERS.contains(lower) && !lower.startsWith("proxy-");
    }

    /** Whether this is one line of visible text. */
    static boolean isHeaderValue(String value) {
        return value.length() <= LONGEST_TEXT && value.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    /** An object in the request, with where it is. */
    private record Place(String path, JsonObject object) {

        Failure wrong(String field, String how) {
            return Failure.invalid(path + "." + field, "'" + path + "." + field + "' " + how + ".");
        }

        String text(String field, boolean needed) {
            var value = object.getValue(field);
            if (value == null && !needed) {
                return null;
            }
            if (!(value instanceof String text) || text.isBlank() || text.length() > LONGEST_TEXT) {
                throw wrong(field, "must be a text of 1 to " + LONGEST_TEXT + " characters");
            }
            return text;
        }

        void name(String field, boolean needed) {
            var text = text(field, needed);
            if (text != null && !NAME.matcher(text).matches()) {
                throw wrong(field, "must be of 1 to 64 letters, digits, _ and -");
            }
        }

        void url(String field, boolean needed) {
            var text = text(field, needed);
            try {
                if (text != null) {
                    Outside.uri(text);
                }
            } catch (Trouble e) {
                throw wrong(field, "must be an http or https URL with a host, and without a user");
            }
        }

        void names(String field) {
            var value = object.getValue(field);
            if (value == null) {
                return;
            }
            boolean right = value instanceof JsonArray list
                    && list.size() <= MOST_NAMES
                    && list.stream().allMatch(name -> name instanceof String text && text.length() <= 200);
            if (!right) {
                throw wrong(field, "must be a list of at most " + MOST_NAMES + " names");
            }
        }
    }
}
