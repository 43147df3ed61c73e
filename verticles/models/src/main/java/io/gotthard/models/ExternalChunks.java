package io.gotthard.models;

import io.gotthard.contracts.JsonBody;
import io.gotthard.kit.SseReader;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * The chunks of one streamed answer in the SwissAI dialect: they say the model's public name, and the one that has the
 * {@code finish_reason} has an empty delta. Some upstreams put the last words there; these then get a chunk of their own.
 */
final class ExternalChunks {

    /** In the text of an answer the quotes would be escaped. */
    private static final Pattern FINISHED = Pattern.compile("\"finish_reason\"\\s*:\\s*\"");

    private final String publicName;
    private final SseReader reader = new SseReader(Integer.MAX_VALUE, this::event);
    private Buffer out = Buffer.buffer();

    /** For an answer whose chunks are to say this name, given as JSON. */
    ExternalChunks(String publicName) {
        this.publicName = publicName;
    }

    /** Translates whole events. */
    Buffer translate(Buffer events) {
        out = Buffer.buffer(events.length() + 64);
        reader.read(events);
        return out;
    }

    private void event(byte[] bytes, int from, int to) {
        try {
            chunk(JsonBody.scan(bytes, from, to));
        } catch (IOException e) {
            // Not a chunk, but [DONE].
            write(Buffer.buffer().appendBytes(bytes, from, to - from));
        }
    }

    private void chunk(JsonBody chunk) {
        var choice = finishedChoice(chunk);
        if (choice == null) {
            write(chunk.edit().replace("model", publicName).toBuffer());
            return;
        }
        if (saysSomething(choice.getJsonObject("delta"))) {
            write(chunk, choice.copy().putNull("finish_reason"));
        }
        write(chunk, choice.put("delta", new JsonObject()));
    }

    /** The choice of this chunk, if it has a single one that ends with it. */
    private static JsonObject finishedChoice(JsonBody chunk) {
        var text = chunk.text("choices");
        if (text == null || !text.startsWith("[") || !FINISHED.matcher(text).find()) {
            return null;
        }
        var choices = new JsonArray(text);
        return choices.size() == 1
                        && choices.getValue(0) instanceof JsonObject choice
                        && choice.getValue("delta") instanceof JsonObject
                        && choice.getValue("finish_reason") instanceof String
                ? choice
                : null;
    }

    private static boolean saysSomething(JsonObject delta) {
        return delta.stream()
                .anyMatch(field -> field.getValue() != null
                        && !field.getValue().equals("")
                        && !field.getKey().equals("role"));
    }

    private void write(JsonBody chunk, JsonObject choice) {
        write(chunk.edit()
                .replace("model", publicName)
                .set("choices", new JsonArray().add(choice).encode())
                .toBuffer());
    }

    private void write(Buffer data) {
        out.appendString("data: ").appendBuffer(data).appendString("\n\n");
    }
}
