package io.gotthard.models;

import io.vertx.core.json.Json;
import java.util.List;
import java.util.Map;

/**
 * Adds the tokens of a chat's request, by the rule that OpenAI published: three for each message and one for a name, besides their texts,
 * and three that begin the answer. For tools OpenAI published an approximation; an image counts as {@link ImageTokens} says; sound and
 * files are estimated.
 */
final class ChatTokens {

    private static final int MESSAGE = 3;
    private static final int NAME = 1;
    private static final int ANSWER = 3;

    private static final int FUNCTION = 7;
    private static final int OLDER_FUNCTION = 10;
    private static final int PARAMETERS = 3;
    private static final int PARAMETER = 3;
    private static final int CHOICES = -3;
    private static final int CHOICE = 3;
    private static final int FUNCTIONS = 12;

    /** Ten tokens are a second of sound, and that is 20 kB or more of base64. */
    static final int SOUND_PER_TOKEN = 2_000;

    private final TokenCounter counter;

    ChatTokens(TokenCounter counter) {
        this.counter = counter;
    }

    void add(Map<String, Object> body) {
        list(body.get("messages")).forEach(message -> message(object(message)));
        var tools = list(body.get("tools"));
        var functions = list(body.get("functions"));
        tools.forEach(tool -> function(object(object(tool).get("function"))));
        functions.forEach(function -> function(object(function)));
        if (!tools.isEmpty() || !functions.isEmpty()) {
            counter.add(FUNCTIONS);
        }
        var schema = object(object(body.get("response_format")).get("json_schema"));
        if (!schema.isEmpty()) {
            counter.text(Json.encode(schema));
        }
        counter.add(ANSWER);
    }

    private void message(Map<?, ?> message) {
        counter.add(MESSAGE);
        text(message.get("role"));
        content(message.get("content"));
        text(message.get("refusal"));
        if (message.get("name") instanceof String name) {
            counter.text(name);
            counter.add(NAME);
        }
        called(message.get("function_call"));
        list(message.get("tool_calls")).forEach(call -> called(object(call).get("function")));
    }

    private void called(Object function) {
        text(object(function).get("name"));
        text(object(function).get("arguments"));
    }

    private void content(Object content) {
        text(content);
        for (var one : list(content)) {
            var part = object(one);
            text(part.get("text"));
            text(part.get("refusal"));
            if (part.containsKey("image_url")) {
                image(part.get("image_url"));
            }
            if (object(part.get("input_audio")).get("data") instanceof String sound) {
                counter.estimate(sound.length(), SOUND_PER_TOKEN);
            }
            if (object(part.get("file")).get("file_data") instanceof String file) {
                counter.estimate(file.length(), TokenCounter.BYTES_PER_TOKEN);
            }
        }
    }

    private void image(Object image) {
        var url = image instanceof String text ? text : object(image).get("url");
        boolean low = "low".equals(object(image).get("detail"));
        counter.add(url instanceof String text ? ImageTokens.of(text, low) : 0);
    }

    private void function(Map<?, ?> function) {
        counter.add(counter.isOlder() ? OLDER_FUNCTION : FUNCTION);
        counter.text(string(function.get("name")) + ":" + withoutStop(string(function.get("description"))));
        var properties = object(object(function.get("parameters")).get("properties"));
        if (!properties.isEmpty()) {
            counter.add(PARAMETERS);
        }
        properties.forEach((name, schema) -> parameter(string(name), object(schema)));
    }

    private void parameter(String name, Map<?, ?> schema) {
        counter.add(PARAMETER);
        var choices = list(schema.get("enum"));
        if (!choices.isEmpty()) {
            counter.add(CHOICES);
        }
        for (var choice : choices) {
            counter.add(CHOICE);
            text(choice);
        }
        counter.text(name + ":" + string(schema.get("type")) + ":" + withoutStop(string(schema.get("description"))));
        // Nothing was published about what is nested in it: as it is written.
        for (var nested : List.of("properties", "items", "anyOf", "oneOf", "allOf")) {
            if (schema.get(nested) != null) {
                counter.text(Json.encode(schema.get(nested)));
            }
        }
    }

    private void text(Object value) {
        if (value instanceof String text) {
            counter.text(text);
        }
    }

    private static String withoutStop(String text) {
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    private static String string(Object value) {
        return value instanceof String text ? text : "";
    }

    private static Map<?, ?> object(Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<?> list(Object value) {
        return value instanceof List<?> list ? list : List.of();
    }
}
