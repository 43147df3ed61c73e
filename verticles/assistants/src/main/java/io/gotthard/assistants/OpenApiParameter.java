package io.gotthard.assistants;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A parameter of an operation, and how its value is written.
 *
 * @param key what the function calls it
 * @param in {@code path}, {@code query} or {@code header}
 * @param explode whether each part of a list or an object is written for itself
 * @param json whether it is written as JSON
 */
record OpenApiParameter(
        String key, String name, String in, boolean required, String style, boolean explode, boolean json) {

    /**
     * That which a document says; nothing if a function can't have it.
     *
     * @param taken keys that others have
     */
    static Optional<OpenApiParameter> of(Map<?, ?> parameter, Set<String> taken) {
        if (!(parameter.get("name") instanceof String name) || !(parameter.get("in") instanceof String in)) {
            return Optional.empty();
        }
        boolean possible = switch (in) {
            case "path", "query" -> true;
            case "header" -> ToolDefinitions.isOpenHeader(name);
            default -> false;
        };
        if (!possible || name.isEmpty() || name.length() > 200) {
            return Optional.empty();
        }
        var key = FunctionNames.valid(name);
        // The body is always called that; and the same name may be in the path and in the query.
        while ("body".equals(key) || taken.contains(key)) {
            key = FunctionNames.valid(key + "_" + in);
        }
        var style = parameter.get("style") instanceof String said ? said : "query".equals(in) ? "form" : "simple";
        boolean explode = parameter.get("explode") instanceof Boolean said ? said : "form".equals(style);
        boolean required = "path".equals(in) || Boolean.TRUE.equals(parameter.get("required"));
        return Optional.of(
                new OpenApiParameter(key, name, in, required, style, explode, parameter.get("content") instanceof Map));
    }

    /** The schema of its values. */
    JsonObject schema(Inlined inlined, Map<?, ?> parameter) {
        Object said = parameter.get("schema");
        if (parameter.get("content") instanceof Map<?, ?> content
                && !content.isEmpty()
                && content.values().iterator().next() instanceof Map<?, ?> media) {
            said = media.get("schema");
        }
        var schema = inlined.schema(said);
        if (parameter.get("description") instanceof String text && !schema.containsKey("description")) {
            schema.put("description", text.length() > 1000 ? text.substring(0, 1000) : text);
        }
        return schema;
    }

    /**
     * A value as a part of a path.
     *
     * @throws Trouble if it is none, or would lead out of it
     */
    String inPath(Object value) {
        var text = plain(value);
        boolean leads = List.of(text.split("[/\\\\]", -1)).stream()
                .anyMatch(part -> part.strip().equals(".") || part.strip().equals(".."));
        if (text.isEmpty() || leads || text.chars().anyMatch(c -> c < ' ')) {
            throw new Trouble("The argument '" + key + "' can't be a part of a path.");
        }
        return encoded(text);
    }

    /**
     * A value as that of a header.
     *
     * @throws Trouble if it would be more than that
     */
    String inHeader(Object value) {
        var text = plain(value);
        if (!ToolDefinitions.isHeaderValue(text)) {
            throw new Trouble("The argument '" + key + "' must be of visible ASCII characters.");
        }
        return text;
    }

    /** A value as a part of a query: no, one or several pairs. */
    List<String> inQuery(Object value) {
        var pairs = new ArrayList<String>();
        switch (value) {
            case null -> {}
            case JsonArray list when !json && explode -> list.forEach(each -> pairs.add(pair(name, text(each))));
            case JsonObject object
            when !json && "deepObject".equals(style) ->
                object.forEach(each -> pairs.add(pair(name + "[" + each.getKey() + "]", text(each.getValue()))));
            case JsonObject object
            when !json && explode -> object.forEach(each -> pairs.add(pair(each.getKey(), text(each.getValue()))));
            default -> pairs.add(pair(name, plain(value)));
        }
        return pairs;
    }

    private String plain(Object value) {
        return switch (value) {
            case JsonArray list
            when !json -> {
                var separator = switch (style) {
                    case "spaceDelimited" -> " ";
                    case "pipeDelimited" -> "|";
                    default -> ",";
                };
                yield String.join(
                        separator, list.stream().map(OpenApiParameter::text).toList());
            }
            case null, default -> json ? Json.encode(value) : text(value);
        };
    }

    /** One value as it is. */
    static String text(Object value) {
        return switch (value) {
            case null -> "";
            case String text -> text;
            default -> Json.encode(value);
        };
    }

    private static String pair(String name, String value) {
        return encoded(name) + "=" + encoded(value);
    }

    /** With everything escaped that means something in a URL. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
