package io.gotthard.models;

import io.gotthard.contracts.Call;
import io.gotthard.models.Model.Sticky;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Which requests belong together, so that they go to the upstream that has cached their prompt. */
final class Stickiness {

    private Stickiness() {}

    /** A number for the user or the conversation that a request belongs to, or {@link Route#ANY}. */
    static long of(Sticky sticky, Call call) {
        return switch (sticky) {
            case NONE -> Route.ANY;
            case USER -> number(user(call));
            case CONVERSATION -> number(conversation(call.body().fields()));
        };
    }

    private static long number(Object key) {
        // Spread over all bits, and never ANY.
        return Objects.hashCode(key) * 0x9e3779b97f4a7c15L | 1;
    }

    private static Object user(Call call) {
        var fields = call.body().fields();
        if (fields.get("safety_identifier") instanceof String user) {
            return user;
        }
        return fields.get("user") instanceof String user ? user : call.caller().account();
    }

    /** A conversation begins the same way each time: with its instructions, and what was said first. */
    private static Object conversation(Map<String, Object> fields) {
        if (fields.get("prompt_cache_key") instanceof String key) {
            return key;
        }
        if (fields.get("messages") instanceof List<?> messages) {
            int first = 0;
            while (first < messages.size() && !isUser(messages.get(first))) {
                first++;
            }
            return messages.subList(0, Math.min(messages.size(), first + 1));
        }
        return fields.containsKey("prompt") ? fields.get("prompt") : fields.get("input");
    }

    private static boolean isUser(Object message) {
        return message instanceof Map<?, ?> fields && "user".equals(fields.get("role"));
    }
}
