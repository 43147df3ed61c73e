package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A run as a chat completion: what its events say to a client who knows nothing of runs. The messages of the run are one message, with an
 * empty line between them; what it does by itself is not shown; what it asks people is what it says. Where the run ends or has to wait for the client, so
 * does the answer, at once.
 */
final class ChatView {

    private static final String BETWEEN = "\n\n";

    private final String run;
    private final String client;
    private final Set<String> functions;
    private final ChatAnswer answer;
    private final Map<String, JsonObject> calls = new LinkedHashMap<>();
    private final Map<String, String> prompts = new LinkedHashMap<>();
    private final Set<String> written = new HashSet<>();
    private final ChatUsage usage = new ChatUsage();
    /** The message that is being written, and what of it was said. */
    private String message;

    private final StringBuilder said = new StringBuilder();
    /** What was said before the message. */
    private String lead = "";

    private boolean anything;
    /** What was said of a message that is void and could not be taken back; null if there is none. */
    private String stale;

    private final StringBuilder anew = new StringBuilder();
    private boolean over;

    /**
     * A view of a run.
     *
     * @param run the run that the client knows; of others that it begins only what they consume and ask is of concern
     * @param client whose messages are not the assistant's, though they may say so: a client may bring a conversation along
     * @param functions the names of the caller's functions
     */
    ChatView(String run, String client, Set<String> functions, ChatAnswer answer) {
        this.run = run;
        this.client = client;
        this.functions = functions;
        this.answer = answer;
    }

    /** Whether the answer has ended, well or badly. */
    boolean isOver() {
        return over;
    }

    /** Takes the next event. */
    void see(Logged event) {
        var body = new JsonObject(event.body());
        var data = body.getJsonObject("data");
        switch (event.type()) {
            case "usage.recorded" -> usage.add(data);
            case "input.requested" -> prompts.put(data.getString("task_id"), prompt(data));
            case "input.answered" -> prompts.remove(data.getString("task_id"));
            case "run.waiting" -> waiting(data.getString("reason"));
            default -> {
                if (run.equals(event.run()) && !client.equals(body.getString("author"))) {
                    own(event.type(), data);
                }
            }
        }
    }

    private void own(String type, JsonObject data) {
        switch (type) {
            case "chunk.added" -> chunk(data.getString("message_id"), data.getString("text"));
            case "thought.added" -> answer.thought(data.getString("text"));
            case "message.dropped" -> dropped(data.getString("message_id"));
            case "message.created" -> created(data);
            case "run.stopped" -> stopped(data);
            case "run.failed" -> fail(RunFailures.of(data.getString("code"), data.getString("message")));
            case "run.cancelled" -> fail(RunFailures.cancelled());
            default -> {
                // Of no concern to a client who asks a model.
            }
        }
    }

    private void chunk(String id, String text) {
        if (stale != null) {
            anew.append(text);
            catchUp(id);
        } else {
            say(id, text);
        }
    }

    private void say(String id, String text) {
        if (text.isEmpty()) {
            return;
        }
        if (!id.equals(message)) {
            begin(id, "");
            lead = anything ? BETWEEN : "";
            answer.content(lead);
        }
        anything = true;
        said.append(text);
        answer.content(text);
    }

    private void begin(String id, String text) {
        message = id;
        written.add(id);
        said.setLength(0);
        said.append(text);
    }

    /** What was said once is not said again, as long as the message is the same as before. */
    private void catchUp(String id) {
        var text = anew.toString();
        if (stale.startsWith(text)) {
            return;
        }
        answer.content(text.startsWith(stale) ? text.substring(stale.length()) : BETWEEN + text);
        fresh(id, text);
    }

    private void fresh(String id, String text) {
        begin(id, text);
        stale = null;
        anew.setLength(0);
    }

    private void dropped(String id) {
        if (!id.equals(message)) {
            return;
        }
        var text = said.toString();
        written.remove(id);
        message = null;
        said.setLength(0);
        if (answer.takeBack(lead + text)) {
            anything = !lead.isEmpty();
        } else {
            stale = text;
        }
    }

    private void created(JsonObject data) {
        if (!"assistant".equals(data.getString("role"))) {
            return;
        }
        var id = data.getString("message_id");
        var text = ChatQuestion.text(data.getValue("content"));
        if (stale != null) {
            anew.setLength(0);
            anew.append(text);
            catchUp(id);
            fresh(id, text);
        } else if (!written.contains(id)) {
            // Nobody wrote it in parts.
            say(id, text);
        }
        var made = data.getJsonArray("tool_calls");
        for (int i = 0; made != null && i < made.size(); i++) {
            var call = made.getJsonObject(i);
            if (functions.contains(call.getJsonObject("function").getString("name"))) {
                calls.put(call.getString("id"), call);
            }
        }
    }

    private static String prompt(JsonObject data) {
        var prompt = new StringBuilder(data.getString("prompt", ""));
        var options = data.getJsonArray("options");
        for (int i = 0; options != null && i < options.size(); i++) {
            prompt.append("\n- ").append(options.getValue(i));
        }
        return prompt.toString();
    }

    /** For the client's functions, or for what people say; what it waits for otherwise comes by itself. */
    private void waiting(String reason) {
        if (!calls.isEmpty()) {
            end("tool_calls");
        } else if (!prompts.isEmpty() || !"agents".equals(reason)) {
            prompts.forEach(this::say);
            end("stop");
        }
    }

    private void stopped(JsonObject data) {
        if (!anything && data.getJsonObject("output") != null) {
            // An agent that gives back a result and writes no message.
            var output = data.getJsonObject("output");
            say("output", output.getValue("content") instanceof String text ? text : output.encode());
        }
        usage.orElse(data.getJsonObject("usage"));
        var reason = data.getString("finish_reason");
        end(reason == null ? "stop" : reason);
    }

    private void end(String reason) {
        over = true;
        var shown = new JsonArray();
        if (reason.equals("tool_calls")) {
            calls.values().forEach(shown::add);
        }
        answer.end(shown, reason, usage.json());
    }

    /** Ends it badly. */
    void fail(Failure cause) {
        if (!over) {
            over = true;
            answer.fail(cause);
        }
    }
}
