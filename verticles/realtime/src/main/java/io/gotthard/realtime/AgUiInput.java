package io.gotthard.realtime;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * AG-UI's {@code RunAgentInput} in our words.
 *
 * @param threadId how the front end calls the thread
 * @param runId how it calls the run
 * @param said all that people and assistants said, and the instructions of the front end: OpenAI's messages
 * @param news what of it was said behind the last words of an assistant, without instructions
 * @param outputs what the front end's functions gave back, by the ids of their calls: all that it knows of, be it long ago
 * @param answersLast whether the last message is such an output
 * @param functions the front end's functions, as OpenAI's {@code tools}
 * @param context what the application tells besides, as a message; or null
 * @param input what is passed on to the agent as it is ({@code forwardedProps}), or null
 * @param resume answers to interrupts
 */
record AgUiInput(
        String threadId,
        String runId,
        List<JsonObject> said,
        List<JsonObject> news,
        Map<String, String> outputs,
        boolean answersLast,
        JsonArray functions,
        JsonObject context,
        JsonObject input,
        List<Reply> resume) {

    /** As many as a run may begin with. */
    private static final int MOST_MESSAGES = 99;

    private static final int LONGEST_TITLE = 80;

    /**
     * What a person says to an interrupt.
     *
     * @param task the task that it is
     * @param cancelled whether they do not want to answer it
     * @param answer what they answer
     */
    record Reply(String task, boolean cancelled, Object answer) {}

    /**
     * Reads what a front end sent.
     *
     * @throws Failure 400 that names what is not good, or can't be done here
     */
    static AgUiInput of(JsonObject body) {
        refuseState(body.getValue("state"));
        var said = new ArrayList<JsonObject>();
        var news = new ArrayList<JsonObject>();
        var outputs = new LinkedHashMap<String, String>();
        var messages = body.getJsonArray("messages", new JsonArray());
        for (int i = 0; i < messages.size(); i++) {
            var message = messages.getJsonObject(i);
            var param = "messages[" + i + "]";
            switch (message.getString("role")) {
                case "user" -> {
                    var one = message("user", AgUiContent.of(message.getValue("content"), param + ".content"));
                    said.add(one);
                    news.add(one);
                }
                case "assistant" -> {
                    // What it only called for is in our own log, if it was here.
                    if (message.getValue("content") instanceof String text && !text.isEmpty()) {
                        said.add(message("assistant", text));
                    }
                    news.clear();
                }
                case "system", "developer" -> {
                    var text = AgUiContent.text(message.getValue("content"), param + ".content");
                    if (!text.isEmpty()) {
                        said.add(message("system", text));
                    }
                }
                case "tool" -> outputs.put(text(message, "toolCallId", param), output(message, param));
                case "reasoning", "activity" -> {
                    // Shown to people only.
                }
                default -> throw AgUiContent.unsupported(param + ".role", "there is no such role");
            }
        }
        boolean answersLast = !messages.isEmpty()
                && "tool".equals(messages.getJsonObject(messages.size() - 1).getString("role"));
        return new AgUiInput(
                body.getString("threadId"),
                body.getString("runId"),
                last(said),
                last(news),
                outputs,
                answersLast,
                functions(body.getJsonArray("tools", new JsonArray())),
                context(body.getJsonArray("context", new JsonArray())),
                forwarded(body.getValue("forwardedProps")),
                resume(body.getJsonArray("resume", new JsonArray())));
    }

    /** Agents here keep what they know in their threads. */
    private static void refuseState(Object state) {
        boolean nothing = state == null
                || (state instanceof JsonObject object && object.isEmpty())
                || (state instanceof JsonArray list && list.isEmpty())
                || "".equals(state);
        if (!nothing) {
            throw AgUiContent.unsupported("state", "agents here share no state with front ends; use 'context'");
        }
    }

    /** A title for a new thread: how the user's first words begin. */
    String title() {
        var words = said.stream()
                .filter(message -> "user".equals(message.getString("role")))
                .map(message -> message.getValue("content") instanceof String text ? text : "")
                .findFirst()
                .orElse("")
                .strip()
                .replaceAll("(?s)\\n.*", "")
                .replaceAll("\\p{Cntrl}|\\p{Cs}", " ");
        return words.substring(
                0, words.offsetByCodePoints(0, Math.min(LONGEST_TITLE, words.codePointCount(0, words.length()))));
    }

    private static <T> List<T> last(List<T> all) {
        return List.copyOf(all.subList(Math.max(0, all.size() - MOST_MESSAGES), all.size()));
    }

    private static JsonObject message(String role, Object content) {
        return new JsonObject().put("role", role).put("content", content);
    }

    private static String output(JsonObject message, String param) {
        var text = AgUiContent.text(message.getValue("content"), param + ".content");
        return message.getValue("error") instanceof String error && text.isEmpty() ? error : text;
    }

    private static String text(JsonObject object, String member, String param) {
        if (object.getValue(member) instanceof String text) {
            return text;
        }
        throw Failure.invalid(param + "." + member, "'" + param + "." + member + "' must be a text.");
    }

    private static JsonArray functions(JsonArray tools) {
        var functions = new JsonArray();
        for (int i = 0; i < tools.size(); i++) {
            var given = tools.getJsonObject(i);
            var function = new JsonObject().put("name", text(given, "name", "tools[" + i + "]"));
            for (var member : List.of("description", "parameters")) {
                if (given.getValue(member) != null) {
                    function.put(member, given.getValue(member));
                }
            }
            functions.add(new JsonObject().put("type", "function").put("function", function));
        }
        return functions;
    }

    private static JsonObject context(JsonArray context) {
        var text = new StringBuilder();
        for (int i = 0; i < context.size(); i++) {
            var param = "context[" + i + "]";
            var one = context.getJsonObject(i);
            text.append("\n")
                    .append(text(one, "description", param))
                    .append(": ")
                    .append(text(one, "value", param));
        }
        return text.isEmpty() ? null : message("system", "The user's application tells:" + text);
    }

    private static JsonObject forwarded(Object given) {
        if (given == null || (given instanceof JsonObject object && object.isEmpty())) {
            return null;
        }
        if (given instanceof JsonObject object) {
            return object;
        }
        throw AgUiContent.unsupported("forwardedProps", "what is passed on to an agent is an object");
    }

    private static List<Reply> resume(JsonArray given) {
        var replies = new ArrayList<Reply>();
        for (int i = 0; i < given.size(); i++) {
            var param = "resume[" + i + "]";
            var one = given.getJsonObject(i);
            var status = text(one, "status", param);
            if (!List.of("resolved", "cancelled").contains(status)) {
                throw Failure.invalid(param + ".status", "'" + param + ".status' must be resolved or cancelled.");
            }
            replies.add(
                    new Reply(text(one, "interruptId", param), status.equals("cancelled"), one.getValue("payload")));
        }
        return List.copyOf(replies);
    }
}
