package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * An OpenAPI document, version 3, of which nobody knows who wrote it. References within it are followed, those to other documents are not:
 * what needs them is left out.
 */
final class OpenApiDocument {

    private static final List<String> METHODS = List.of("get", "put", "post", "delete", "patch");
    /** Of operations that are looked at. */
    private static final int MOST_OPERATIONS = 5_000;

    private static final int MOST_ALIASES = 50;

    private final Map<?, ?> root;
    private final int length;

    private OpenApiDocument(Map<?, ?> root, int length) {
        this.root = root;
        this.length = length;
    }

    /**
     * Reads JSON or YAML; takes a while for a large one.
     *
     * @throws Trouble if it is no such document
     */
    static OpenApiDocument parse(String text) {
        Object parsed;
        try {
            parsed = text.stripLeading().startsWith("{") ? new JsonObject(text).getMap() : yaml(text);
        } catch (DecodeException | YamlEngineException e) {
            throw new Trouble("The OpenAPI document is neither JSON nor YAML.");
        } catch (StackOverflowError | ClassCastException e) {
            throw new Trouble("The OpenAPI document is nested too deeply.");
        }
        if (!(parsed instanceof Map<?, ?> root)
                || !String.valueOf(root.get("openapi")).startsWith("3.")
                || !(root.get("paths") instanceof Map)) {
            throw new Trouble("This is no OpenAPI document of version 3 with paths.");
        }
        return new OpenApiDocument(root, text.length());
    }

    private static Object yaml(String text) {
        return new Load(LoadSettings.builder()
                        .setLabel("document")
                        .setCodePointLimit(text.length() + 1)
                        .setMaxAliasesForCollections(MOST_ALIASES)
                        .setAllowDuplicateKeys(false)
                        .build())
                .loadFromString(text);
    }

    /** The document that a definition has in it, as it was checked. */
    static OpenApiDocument of(Object document) {
        return parse(document instanceof JsonObject object ? object.encode() : (String) document);
    }

    /** @throws Failure 400 if it is none, or does not tell where its server is */
    static void check(Object document, String path) {
        try {
            of(document);
        } catch (Trouble e) {
            throw Failure.invalid(path, e.getMessage());
        }
    }

    /** Characters of its text. */
    int length() {
        return length;
    }

    /**
     * Where its server is.
     *
     * @param from where the document is from, for a server that it names in relation to that; null if it was handed over
     * @throws Trouble if it does not say so
     */
    URI server(URI from) {
        var url = from == null ? "" : "/";
        if (root.get("servers") instanceof List<?> servers
                && !servers.isEmpty()
                && servers.getFirst() instanceof Map<?, ?> server
                && server.get("url") instanceof String text) {
            url = text;
            if (server.get("variables") instanceof Map<?, ?> variables) {
                for (var variable : variables.entrySet()) {
                    if (variable.getValue() instanceof Map<?, ?> said && said.get("default") != null) {
                        url = url.replace("{" + variable.getKey() + "}", String.valueOf(said.get("default")));
                    }
                }
            }
        }
        try {
            return Outside.uri(from == null ? url : from.resolve(url).toString());
        } catch (IllegalArgumentException | Trouble e) {
            throw new Trouble("The OpenAPI document does not say where its server is: name it as 'server'.");
        }
    }

    /**
     * Its operations, as functions.
     *
     * @param wanted those that are wanted; empty for all that are not deprecated
     * @param most how many there may be
     * @throws Trouble if there are more
     */
    List<OpenApiOperation> operations(Set<String> wanted, int most) {
        var operations = new ArrayList<OpenApiOperation>();
        var names = new HashSet<String>();
        int seen = 0;
        for (var path : ((Map<?, ?>) root.get("paths")).entrySet()) {
            if (!(resolved(path.getValue()) instanceof Map<?, ?> item)) {
                continue;
            }
            for (var method : METHODS) {
                if (!(item.get(method) instanceof Map<?, ?> operation) || ++seen > MOST_OPERATIONS) {
                    continue;
                }
                var template = String.valueOf(path.getKey());
                var id = operation.get("operationId") instanceof String said ? said : method + " " + template;
                boolean asked =
                        wanted.isEmpty() ? !Boolean.TRUE.equals(operation.get("deprecated")) : wanted.contains(id);
                if (asked && names.add(id)) {
                    OpenApiOperation.of(this, id, method, template, item, operation)
                            .ifPresent(operations::add);
                }
                if (operations.size() > most) {
                    throw new Trouble("The OpenAPI document has more than " + most
                            + " operations: name those that are wanted as 'operations'.");
                }
            }
        }
        return operations;
    }

    /** An object that may be a reference to one, and that to a further one; null if it leads nowhere. */
    Object resolved(Object value) {
        var at = value;
        for (int i = 0; i < 10; i++) {
            if (!(at instanceof Map<?, ?> map) || !(map.get("$ref") instanceof String ref)) {
                return at;
            }
            at = Inlined.at(root, ref);
        }
        return null;
    }

    /** Makes schemas of it into ones in one piece. */
    Inlined inlined() {
        return new Inlined(root, true);
    }
}
