package io.gotthard.platform;

import io.gotthard.platform.ScriptedUpstream.Visit;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A model that does what the last message says, so that a test can tell by the answer what it was asked. {@code weather Airolo} calls the
 * tool with {@code weather} in its name, {@code shout hello} that with {@code shout}, {@code mine 5} that with {@code mine}, {@code both x}
 * the first two at once, {@code ask Which way?} asks a person that; what tools give back is repeated. {@code think x} thinks first, {@code long} is cut off, {@code filter} is filtered, {@code break} fails,
 * {@code wait} says a word and no more. All else is repeated, with the number of the user's messages so far.
 */
final class ScriptedMind implements ScriptedUpstream.Script {

    /** The tokens that each call of it consumes. */
    static final int PROMPT = 10;

    static final int COMPLETION = 5;

    private static final String CHUNK =
            "{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}";

    @Override
    public void play(Visit visit) throws IOException {
        var asked = new JsonObject(visit.body);
        var messages = asked.getJsonArray("messages");
        var last = messages.getJsonObject(messages.size() - 1);
        if (last.getString("role").equals("tool")) {
            say(visit, "The tools said: " + String.join(", ", outputs(messages)), "stop");
            return;
        }
        var words = text(last).split(" ", 2);
        var rest = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "weather", "mine", "ask" -> call(visit, asked, List.of(words[0]), rest);
            case "shout" -> call(visit, asked, List.of("shout"), rest);
            case "both" -> call(visit, asked, List.of("weather", "shout"), rest);
            case "think" -> {
                visit.open();
                visit.event(CHUNK.formatted("{\"reasoning_content\":\"Let me think.\"}", "null"));
                rest(visit, rest, "stop");
            }
            case "long" -> say(visit, "And so on", "length");
            case "filter" -> say(visit, "", "content_filter");
            case "break" ->
                visit.json(
                        400,
                        "{\"error\":{\"message\":\"No.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"context_length_exceeded\"}}");
            case "wait" -> {
                visit.open();
                visit.event(CHUNK.formatted("{\"content\":\"Well\"}", "null"));
                visit.silence();
            }
            default -> say(visit, "You said: " + text(last) + ". Turn " + users(messages) + ".", "stop");
        }
    }

    private static String text(JsonObject message) {
        return message.getValue("content") instanceof JsonArray parts
                ? parts.getJsonObject(0).getString("text")
                : message.getString("content");
    }

    private static long users(JsonArray messages) {
        return messages.stream()
                .filter(message -> ((JsonObject) message).getString("role").equals("user"))
                .count();
    }

    private static List<String> outputs(JsonArray messages) {
        var outputs = new ArrayList<String>();
        for (int i = messages.size() - 1;
                i >= 0 && messages.getJsonObject(i).getString("role").equals("tool");
                i--) {
            outputs.addFirst(text(messages.getJsonObject(i)));
        }
        return outputs;
    }

    private static void call(Visit visit, JsonObject asked, List<String> names, String argument) throws IOException {
        visit.open();
        visit.event(CHUNK.formatted("{\"role\":\"assistant\",\"content\":null}", "null"));
        for (int i = 0; i < names.size(); i++) {
            var function = new JsonObject()
                    .put("name", tool(asked, names.get(i)))
                    .put("arguments", arguments(names.get(i), argument).encode());
            var call = new JsonObject()
                    .put("index", i)
                    .put("id", "call_" + names.get(i) + "_" + argument.hashCode())
                    .put("type", "function")
                    .put("function", function);
            visit.event(CHUNK.formatted(
                    new JsonObject()
                            .put("tool_calls", new JsonArray().add(call))
                            .encode(),
                    "null"));
        }
        visit.event(CHUNK.formatted("{}", "\"tool_calls\""));
        end(visit);
    }

    private static JsonObject arguments(String name, String argument) {
        return name.equals("ask")
                ? new JsonObject().put("question", argument).put("kind", "input")
                : new JsonObject().put("text", argument);
    }

    /** The tool's full name, which may have something in front. */
    private static String tool(JsonObject asked, String part) {
        return asked.getJsonArray("tools", new JsonArray()).stream()
                .map(tool -> ((JsonObject) tool).getJsonObject("function").getString("name"))
                .filter(name -> name.contains(part))
                .findFirst()
                .orElse("no_tool_for_" + part);
    }

    private static void say(Visit visit, String text, String reason) throws IOException {
        visit.open();
        rest(visit, text, reason);
    }

    private static void rest(Visit visit, String text, String reason) throws IOException {
        visit.event(CHUNK.formatted("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
        for (int at = 0; at < text.length(); at += 4) {
            var part = text.substring(at, Math.min(text.length(), at + 4));
            visit.event(CHUNK.formatted(new JsonObject().put("content", part).encode(), "null"));
        }
        visit.event(CHUNK.formatted("{}", "\"" + reason + "\""));
        end(visit);
    }

    private static void end(Visit visit) throws IOException {
        visit.event(
                "{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}}"
                        .formatted(PROMPT, COMPLETION, PROMPT + COMPLETION));
        visit.event("[DONE]");
        visit.end();
    }
}
