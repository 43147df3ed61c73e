package io.gotthard.platform;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An operation as its contract shows it to people, with a request made of the contract's own examples.
 *
 * @param method the HTTP method
 * @param path the path as in the contract
 * @param requires what it declares to need, for people
 * @param target path and query of the request
 * @param headers its headers that must be there
 * @param body the request's body, or null
 * @param form whether the body is sent as a form
 */
record MatrixOperation(
        String method,
        String path,
        String requires,
        String target,
        Map<String, String> headers,
        JsonObject body,
        boolean form) {

    private static final String FORM = "multipart/form-data";
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

    /** All of a contract, in its order. */
    static List<MatrixOperation> of(JsonObject contract) {
        var operations = new ArrayList<MatrixOperation>();
        contract.getJsonObject("paths").forEach(path -> {
            var item = (JsonObject) path.getValue();
            item.fieldNames().stream()
                    .filter(METHODS::contains)
                    .forEach(method -> operations.add(of(contract, path.getKey(), item, method)));
        });
        return operations;
    }

    private static MatrixOperation of(JsonObject contract, String path, JsonObject item, String method) {
        var operation = item.getJsonObject(method);
        var target = path;
        var query = new ArrayList<String>();
        var headers = new LinkedHashMap<String, String>();
        for (var owner : List.of(item, operation)) {
            for (var given : owner.getJsonArray("parameters", new JsonArray())) {
                var parameter = resolve(contract, (JsonObject) given);
                var name = parameter.getString("name");
                if (!parameter.getBoolean("required", false)) {
                    continue;
                }
                var value = example(contract, parameter, path);
                switch (parameter.getString("in")) {
                    case "path" -> target = target.replace("{" + name + "}", value);
                    case "header" -> headers.put(name, value);
                    default -> query.add(name + "=" + value);
                }
            }
        }
        return new MatrixOperation(
                method.toUpperCase(Locale.ROOT),
                path,
                requires(operation.getValue("x-requires")),
                target + (query.isEmpty() ? "" : "?" + String.join("&", query)),
                headers,
                body(contract, operation),
                operation.containsKey("requestBody")
                        && content(contract, operation).containsKey(FORM));
    }

    private static JsonObject resolve(JsonObject contract, JsonObject definition) {
        var reference = definition.getString("$ref");
        if (reference == null) {
            return definition;
        }
        var found = contract;
        for (var step : reference.substring(2).split("/")) {
            found = found.getJsonObject(step);
        }
        return found;
    }

    private static String example(JsonObject contract, JsonObject parameter, String path) {
        var schema = resolve(contract, parameter.getJsonObject("schema"));
        var example = parameter.getValue("example", schema.getValue("example"));
        if (example == null && schema.containsKey("examples")) {
            example = schema.getJsonArray("examples").getValue(0);
        }
        return example == null ? id(parameter.getString("name"), path) : example.toString();
    }

    /** An id needs no example in the contract: whose it is can be told by its name. */
    private static String id(String name, String path) {
        return switch (name) {
            case "tenant" -> "ten_x";
            case "role" -> "rol_x";
            case "key" -> "key_x";
            case "user" -> "usr_x";
            case "account" -> path.contains("/service-accounts/") ? "svc_x" : "usr_x";
            default -> throw new IllegalStateException("The parameter " + name + " of " + path + " needs an example");
        };
    }

    private static String requires(Object declared) {
        return declared instanceof JsonObject rule
                ? "`gotthard." + rule.getString("level") + "." + rule.getString("resource") + "`"
                        + (rule.getBoolean("hidden", false) ? " or it is not there" : "")
                : (String) declared;
    }

    private static JsonObject body(JsonObject contract, JsonObject operation) {
        if (!operation.containsKey("requestBody")) {
            return null;
        }
        var content = content(contract, operation);
        var json = content.getJsonObject(content.containsKey(FORM) ? FORM : "application/json");
        var examples = json.getJsonObject("examples", new JsonObject());
        var values = examples.stream()
                .map(example -> ((JsonObject) example.getValue()).getJsonObject("value"))
                .collect(Collectors.toList());
        if (json.containsKey("example")) {
            values.addFirst(json.getJsonObject("example"));
        }
        if (values.isEmpty()) {
            throw new IllegalStateException(operation.getString("operationId") + " needs an example of its body");
        }
        var body = values.getFirst();
        boolean isOfDemo = body.getString("model", "demo-").startsWith("demo-");
        // A model that is there for some: what others may know of it is the question.
        return isOfDemo ? body : body.copy().put("model", "demo-chat");
    }

    private static JsonObject content(JsonObject contract, JsonObject operation) {
        return resolve(contract, operation.getJsonObject("requestBody")).getJsonObject("content");
    }

    /** The media type of the body. */
    String contentType() {
        return form ? FORM + "; boundary=xyz" : "application/json";
    }

    /** The body as it is sent. */
    String encoded(String json) {
        if (!form) {
            return json;
        }
        var parts = new StringBuilder();
        new JsonObject(json)
                .forEach(part -> parts.append("--xyz\r\nContent-Disposition: form-data; name=\"")
                        .append(part.getKey())
                        .append("\"\r\n\r\n")
                        .append(part.getValue())
                        .append("\r\n"));
        return parts + "--xyz--\r\n";
    }
}
