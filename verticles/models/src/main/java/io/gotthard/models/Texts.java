package io.gotthard.models;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds what a model said in a whole answer: the texts that it made, without what surrounds them. */
final class Texts {

    private static final Set<String> NAMES =
            Set.of("content", "text", "arguments", "name", "reasoning_content", "reasoning", "refusal");

    private final StringBuilder found = new StringBuilder();

    private Texts() {}

    /** The texts of a chat completion, a completion or a response, one after the other; none if it is something else. */
    static String of(Buffer answer) {
        var texts = new Texts();
        try {
            var said = new JsonObject(answer).getMap();
            texts.add(said.get("choices"));
            texts.add(said.get("output"));
        } catch (DecodeException e) {
            return "";
        }
        return texts.found.toString();
    }

    private void add(Object json) {
        switch (json) {
            case List<?> list -> list.forEach(this::add);
            case Map<?, ?> object ->
                object.forEach((name, value) -> {
                    if (value instanceof String text) {
                        found.append(NAMES.contains(name) ? text : "");
                    } else if (!"logprobs".equals(name)) {
                        add(value);
                    }
                });
            case null, default -> {
                // Numbers and the like are not said.
            }
        }
    }
}
