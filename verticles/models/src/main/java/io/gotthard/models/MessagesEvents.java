package io.gotthard.models;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.SseReader;
import io.gotthard.models.MessagesAnswer.End;
import io.gotthard.models.provider.Node;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;

/**
 * The chunks of one streamed answer as Anthropic's events. Blocks follow one another: each ends where the next one begins. The last two
 * events come where the chat says that this was all, and only there.
 */
final class MessagesEvents {

    private static final int NONE = -1;

    /** What is being said. */
    private enum Block {
        NOTHING,
        THINKING,
        TEXT,
        TOOL
    }

    private final String model;
    private final long input;
    private final Consumer<Failure> onFault;
    private final SseReader reader = new SseReader(Integer.MAX_VALUE, this::event);
    private Buffer out = Buffer.buffer();
    private boolean begun;
    private Block block = Block.NOTHING;
    private int index = NONE;
    /** The tool call that is being told, of those that the chat counts. */
    private int call = NONE;

    private boolean refused;
    private String finish;
    private String stopped;
    private Node usage = new Node(null);
    private long said;

    /**
     * For an answer that has not begun.
     *
     * @param model what the answer is from if it does not say it
     * @param input how many tokens the request probably has
     * @param onFault told if an answer comes that can't be said in these events
     */
    MessagesEvents(String model, long input, Consumer<Failure> onFault) {
        this.model = model;
        this.input = input;
        this.onFault = onFault;
    }

    /** Translates whole events. */
    Buffer translate(Buffer events) {
        out = Buffer.buffer(events.length() + 256);
        reader.read(events);
        return out;
    }

    private void event(byte[] bytes, int from, int to) {
        if (bytes[from] == '{') {
            chunk(Node.parse(bytes, from, to));
        } else {
            done();
        }
    }

    private void chunk(Node chunk) {
        begin(chunk.get("id").words(), chunk.get("model").text());
        if (chunk.get("usage").there()) {
            usage = chunk.get("usage");
        }
        for (var choice : chunk.get("choices").items()) {
            if (choice.get("index").number(0) == 0) {
                delta(choice.get("delta"));
                finish = choice.get("finish_reason").text() == null
                        ? finish
                        : choice.get("finish_reason").text();
                stopped = choice.get("stop_reason").text() == null
                        ? stopped
                        : choice.get("stop_reason").text();
            }
        }
    }

    private void begin(String id, String name) {
        if (begun) {
            return;
        }
        begun = true;
        var message = new JsonObject()
                .put("id", MessagesAnswer.id(id))
                .put("type", "message")
                .put("role", "assistant")
                .put("model", name == null ? model : name)
                .putNull("stop_reason")
                .putNull("stop_sequence")
                .put("content", new JsonArray())
                .put("usage", MessagesAnswer.usage(new Node(null), input, 0));
        write("message_start", new JsonObject().put("message", message));
    }

    private void delta(Node delta) {
        say(Block.THINKING, MessagesAnswer.thought(delta));
        delta.get("thinking_blocks").items().forEach(this::thought);
        say(Block.TEXT, delta.get("content").words());
        refused |= !delta.get("refusal").words().isEmpty();
        say(Block.TEXT, delta.get("refusal").words());
        delta.get("tool_calls").items().forEach(this::call);
    }

    private void say(Block kind, String piece) {
        if (!piece.isEmpty()) {
            if (block != kind) {
                open(kind, kind == Block.TEXT ? text() : thinking());
            }
            said += piece.length();
            if (kind == Block.TEXT) {
                piece("text_delta", "text", piece);
            } else {
                piece("thinking_delta", "thinking", piece);
            }
        }
    }

    private static JsonObject text() {
        return new JsonObject().put("type", "text").put("text", "");
    }

    private static JsonObject thinking() {
        return new JsonObject().put("type", "thinking").put("thinking", "").put("signature", "");
    }

    /** A thought is complete; its words were told as they came, unless none of them was to be seen. */
    private void thought(Node thought) {
        if (!"thinking".equals(thought.get("type").text())) {
            open(Block.NOTHING, thought.object());
        } else {
            if (block != Block.THINKING) {
                open(Block.THINKING, thinking());
            }
            piece("signature_delta", "signature", thought.get("signature").words());
        }
        close();
    }

    private void call(Node delta) {
        int told = delta.get("index").number(call < 0 ? 0 : call);
        if (told > call) {
            call = told;
            open(Block.TOOL, MessagesAnswer.toolUse(delta, new JsonObject()));
        } else if (told < call || block != Block.TOOL) {
            // A block that has ended can't go on, and what is missing in it would be seen by nobody.
            onFault.accept(
                    Failure.upstream("upstream_invalid_response", "The model's upstream mixed up its tool calls."));
            return;
        }
        var arguments = delta.get("function").get("arguments").words();
        if (!arguments.isEmpty()) {
            said += arguments.length();
            piece("input_json_delta", "partial_json", arguments);
        }
    }

    private void open(Block kind, JsonObject content) {
        close();
        block = kind;
        index++;
        write("content_block_start", new JsonObject().put("index", index).put("content_block", content));
        if (kind == Block.NOTHING) {
            write("content_block_stop", new JsonObject().put("index", index));
        }
    }

    private void close() {
        if (block != Block.NOTHING) {
            block = Block.NOTHING;
            write("content_block_stop", new JsonObject().put("index", index));
        }
    }

    private void done() {
        begin("", null);
        close();
        var end = new End(finish, stopped, call != NONE, refused);
        var delta = new JsonObject().put("stop_reason", end.reason()).put("stop_sequence", end.sequence());
        write(
                "message_delta",
                new JsonObject().put("delta", delta).put("usage", MessagesAnswer.usage(usage, input, said)));
        write("message_stop", new JsonObject());
    }

    /** What most events are, without an object for each. */
    private void piece(String type, String name, String text) {
        out.appendString("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":" + index
                + ",\"delta\":{\"type\":\"" + type + "\",\"" + name + "\":" + Json.encode(text) + "}}\n\n");
    }

    private void write(String type, JsonObject data) {
        out.appendString("event: " + type + "\ndata: "
                + new JsonObject().put("type", type).mergeIn(data).encode() + "\n\n");
    }
}
