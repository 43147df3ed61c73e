package io.gotthard.assistants;

import io.gotthard.kit.SseReader;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a model says, put together from the events of its stream. */
final class TurnReader {

    private static final int LARGEST_EVENT = 16 << 20;

    /** A call as it is being written. */
    private static final class Piece {
        private final StringBuilder name = new StringBuilder();
        private final StringBuilder arguments = new StringBuilder();
    }

    private final SseReader events = new SseReader(LARGEST_EVENT, this::event);
    private final StringBuilder content = new StringBuilder();
    private final Map<Integer, Piece> calls = new TreeMap<>();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thought = new StringBuilder();
    private String finishReason;
    private String model;
    private JsonObject usage = new JsonObject();

    /** Reads the next bytes; {@link #text} and {@link #thought} are what is new in them. */
    void read(Buffer bytes) {
        text.setLength(0);
        thought.setLength(0);
        events.read(bytes);
    }

    private void event(byte[] bytes, int from, int to) {
        if (to - from > 0 && bytes[from] == '{') {
            chunk(new JsonObject(Buffer.buffer(to - from).appendBytes(bytes, from, to - from)));
        }
    }

    private void chunk(JsonObject chunk) {
        model = chunk.getString("model", model);
        usage = chunk.getJsonObject("usage", usage) == null ? usage : chunk.getJsonObject("usage", usage);
        for (var each : chunk.getJsonArray("choices", new JsonArray())) {
            var choice = (JsonObject) each;
            finishReason = choice.getString("finish_reason") == null ? finishReason : choice.getString("finish_reason");
            if (choice.getInteger("index", 0) == 0 && choice.getJsonObject("delta") != null) {
                delta(choice.getJsonObject("delta"));
            }
        }
    }

    private void delta(JsonObject delta) {
        for (var member : List.of("content", "refusal")) {
            if (delta.getValue(member) instanceof String said) {
                content.append(storable(said));
                text.append(storable(said));
            }
        }
        // Both names are in use.
        if (delta.getValue("reasoning_content") instanceof String thinks) {
            thought.append(storable(thinks));
        } else if (delta.getValue("reasoning") instanceof String thinks) {
            thought.append(storable(thinks));
        }
        if (delta.getValue("tool_calls") instanceof JsonArray pieces) {
            pieces.forEach(piece -> call((JsonObject) piece));
        }
    }

    /** PostgreSQL has no such character, and nobody means it. */
    private static String storable(String said) {
        return said.indexOf('\0') < 0 ? said : said.replace("\0", "");
    }

    private void call(JsonObject delta) {
        var piece = calls.computeIfAbsent(delta.getInteger("index", 0), index -> new Piece());
        var function = delta.getJsonObject("function", new JsonObject());
        if (function.getString("name") != null) {
            piece.name.append(storable(function.getString("name")));
        }
        if (function.getString("arguments") != null) {
            piece.arguments.append(storable(function.getString("arguments")));
        }
    }

    /** What was said in the last bytes; empty if nothing was. */
    String text() {
        return text.toString();
    }

    /** What was thought in the last bytes; empty if nothing was. */
    String thought() {
        return thought.toString();
    }

    /** All that was said. */
    String content() {
        return content.toString();
    }

    /**
     * The calls that it wants, or null if there are none. Their ids are our own: those of models are not unique among runs, and not even
     * among their answers.
     *
     * @param prefix what makes them so
     */
    JsonArray toolCalls(String prefix) {
        if (calls.isEmpty()) {
            return null;
        }
        var wanted = new JsonArray();
        for (var piece : calls.values()) {
            wanted.add(new JsonObject()
                    .put("id", prefix + wanted.size())
                    .put("type", "function")
                    .put(
                            "function",
                            new JsonObject()
                                    .put("name", piece.name.toString())
                                    .put("arguments", piece.arguments.toString())));
        }
        return wanted;
    }

    /** Why it ended, in OpenAI's words. */
    String finishReason() {
        return finishReason == null ? "stop" : finishReason;
    }

    /** The model's own name, or null. */
    String model() {
        return model;
    }

    /** A number of the usage that the model reported, by its path; 0 if it did not. */
    long used(String... path) {
        var object = usage;
        for (int i = 0; i < path.length - 1; i++) {
            object = object.getJsonObject(path[i]);
            if (object == null) {
                return 0;
            }
        }
        return object.getLong(path[path.length - 1], 0L);
    }
}
