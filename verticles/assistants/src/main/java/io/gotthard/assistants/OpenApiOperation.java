package io.gotthard.assistants;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An operation of an OpenAPI document as a function.
 *
 * @param id its {@code operationId}; of one that has none, method and path as in {@code get /huts}
 * @param path with names of parameters in braces
 * @param parameters what goes into path, query and headers
 * @param body the media type of its body, or null if it has none
 * @param schema of all arguments together; that of the body is at {@code body}
 */
record OpenApiOperation(
        String id,
        HttpMethod method,
        String path,
        String description,
        List<OpenApiParameter> parameters,
        String body,
        JsonObject schema) {

    private static final String BODY = "body";
    private static final String FORM = "application/x-www-form-urlencoded";

    /** The function; nothing if it needs what can't be said here, such as a file or a cookie. */
    static Optional<OpenApiOperation> of(
            OpenApiDocument document, String id, String method, String path, Map<?, ?> item, Map<?, ?> operation) {
        var said = new LinkedHashMap<String, Map<?, ?>>();
        for (var list : new Object[] {item.get("parameters"), operation.get("parameters")}) {
            if (list instanceof List<?> parameters) {
                for (var each : parameters) {
                    if (!(document.resolved(each) instanceof Map<?, ?> parameter)) {
                        return Optional.empty();
                    }
                    // What the operation says comes later, and counts.
                    said.put(parameter.get("in") + " " + parameter.get("name"), parameter);
                }
            }
        }
        var inlined = document.inlined();
        var properties = new JsonObject();
        var required = new JsonArray();
        var parameters = new ArrayList<OpenApiParameter>();
        for (var parameter : said.values()) {
            var read = OpenApiParameter.of(parameter, properties.fieldNames());
            if (read.isEmpty()) {
                // Headers that are left out are those that we write ourselves.
                if (Boolean.TRUE.equals(parameter.get("required")) && !"header".equals(parameter.get("in"))) {
                    return Optional.empty();
                }
                continue;
            }
            parameters.add(read.get());
            properties.put(read.get().key(), read.get().schema(inlined, parameter));
            if (read.get().required()) {
                required.add(read.get().key());
            }
        }
        String body = null;
        if (operation.containsKey("requestBody")) {
            if (!(document.resolved(operation.get("requestBody")) instanceof Map<?, ?> request)) {
                return Optional.empty();
            }
            boolean needed = Boolean.TRUE.equals(request.get("required"));
            body = mediaType(request);
            if (body == null && needed) {
                return Optional.empty();
            }
            if (body != null) {
                var content = ((Map<?, ?>) request.get("content")).get(body);
                properties.put(BODY, inlined.schema(content instanceof Map<?, ?> media ? media.get("schema") : null));
                if (needed) {
                    required.add(BODY);
                }
            }
        }
        var schema = new JsonObject()
                .put("type", "object")
                .put("properties", properties)
                .put("required", required)
                .put("additionalProperties", false);
        return Optional.of(new OpenApiOperation(
                id,
                HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)),
                path,
                description(operation, method, path),
                List.copyOf(parameters),
                body,
                schema));
    }

    private static String description(Map<?, ?> operation, String method, String path) {
        var summary = operation.get("summary") instanceof String text ? text.strip() : "";
        var more = operation.get("description") instanceof String text ? text.strip() : "";
        var both = summary.isEmpty() || more.startsWith(summary) ? more : summary + "\n" + more;
        return both.isBlank() ? method.toUpperCase(Locale.ROOT) + " " + path : both.strip();
    }

    /** That of the body that can be written: JSON before a form before a text. */
    private static String mediaType(Map<?, ?> request) {
        if (!(request.get("content") instanceof Map<?, ?> content)) {
            return null;
        }
        var types = content.keySet().stream().map(String::valueOf).toList();
        for (var wanted : List.of("application/json.*", ".*\\+json.*", "\\*/\\*", FORM, "text/plain.*")) {
            for (var type : types) {
                if (type.matches(wanted)) {
                    return type;
                }
            }
        }
        return null;
    }

    /** The media type that a request has to say. */
    String contentType() {
        return "*/*".equals(body) ? "application/json" : body;
    }

    /** The body that arguments have, as it is sent; null for none. */
    String bodyOf(JsonObject arguments) {
        if (body == null || !arguments.containsKey(BODY)) {
            return null;
        }
        var value = arguments.getValue(BODY);
        if (FORM.equals(body) && value instanceof JsonObject fields) {
            var pairs = new ArrayList<String>();
            fields.forEach(field -> pairs.add(OpenApiParameter.encoded(field.getKey()) + "="
                    + OpenApiParameter.encoded(OpenApiParameter.text(field.getValue()))));
            return String.join("&", pairs);
        }
        return body.startsWith("text/") && value instanceof String text ? text : Json.encode(value);
    }
}
