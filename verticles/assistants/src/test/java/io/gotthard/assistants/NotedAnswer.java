package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Notes what is said; a stream can take nothing back. */
final class NotedAnswer implements ChatAnswer {

    private final boolean canTakeBack;
    final StringBuilder content = new StringBuilder();
    final StringBuilder thoughts = new StringBuilder();
    final List<String> ends = new ArrayList<>();
    JsonArray calls;
    JsonObject usage;
    Failure failure;

    NotedAnswer(boolean canTakeBack) {
        this.canTakeBack = canTakeBack;
    }

    @Override
    public void content(String text) {
        content.append(text);
    }

    @Override
    public void thought(String text) {
        thoughts.append(text);
    }

    @Override
    public boolean takeBack(String said) {
        if (canTakeBack) {
            content.setLength(content.length() - said.length());
        }
        return canTakeBack;
    }

    @Override
    public void end(JsonArray made, String reason, JsonObject consumed) {
        ends.add(reason);
        calls = made;
        usage = consumed;
    }

    @Override
    public void fail(Failure cause) {
        ends.add("failed");
        failure = cause;
    }

    /** A call of a function as a model makes it. */
    static JsonObject call(String id, String function) {
        return new JsonObject()
                .put("id", id)
                .put("type", "function")
                .put("function", new JsonObject().put("name", function).put("arguments", "{}"));
    }
}
