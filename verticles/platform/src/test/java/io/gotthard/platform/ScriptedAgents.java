package io.gotthard.platform;

import io.gotthard.platform.ScriptedUpstream.Visit;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;

/** Models of assistants in tests: each calls one function of its assistant, and when that is done says a word; all answers take as much. */
final class ScriptedAgents {

    /** The tokens of each answer. */
    static final int PROMPT = 10;

    static final int COMPLETION = 8;

    private ScriptedAgents() {}

    /** A model that calls this once. */
    static ScriptedUpstream.Script calls(String function, JsonObject arguments) {
        return visit -> {
            visit.open();
            if (visit.body.contains("\"role\":\"tool\"")) {
                visit.word("Done.");
                visit.finish();
            } else {
                call(visit, function, arguments);
            }
            end(visit);
        };
    }

    /** A model that calls this again and again. */
    static ScriptedUpstream.Script insists(String function, JsonObject arguments) {
        return visit -> {
            visit.open();
            call(visit, function, arguments);
            end(visit);
        };
    }

    private static void call(Visit visit, String function, JsonObject arguments) throws IOException {
        var call = new JsonObject()
                .put("index", 0)
                .put("id", "call_of_the_model")
                .put("type", "function")
                .put("function", new JsonObject().put("name", function).put("arguments", arguments.encode()));
        var delta = new JsonObject().put("tool_calls", new JsonArray().add(call));
        visit.event("{\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":%s}]}".formatted(delta.encode()));
        visit.event("{\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}");
    }

    private static void end(Visit visit) throws IOException {
        visit.event(
                "{\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}}"
                        .formatted(PROMPT, COMPLETION, PROMPT + COMPLETION));
        visit.event("[DONE]");
        visit.end();
    }
}
