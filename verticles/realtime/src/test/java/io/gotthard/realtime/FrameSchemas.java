package io.gotthard.realtime;

import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The frames of WebSockets as the event contract has them: its channels with a path, of which each has messages with a schema. */
final class FrameSchemas {

    private static final String FOLDER = "event-contracts/";
    private static final JsonSchemaOptions OPTIONS = new JsonSchemaOptions()
            .setBaseUri("https://example.com/")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Basic);
    private static FrameSchemas read;

    private final Map<String, Map<String, JsonObject>> channels = new TreeMap<>();
    private final Map<String, Validator> validators = new TreeMap<>();

    private FrameSchemas() throws IOException {
        var contract = (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(resource("asyncapi.yaml"));
        for (var channel : ((Map<?, ?>) contract.get("channels")).entrySet()) {
            var described = (Map<?, ?>) channel.getValue();
            if (Sockets.PATH.equals(described.get("address"))) {
                var messages = new TreeMap<String, JsonObject>();
                for (var message : ((Map<?, ?>) described.get("messages")).entrySet()) {
                    var payload = (Map<?, ?>) ((Map<?, ?>) message.getValue()).get("payload");
                    messages.put((String) message.getKey(), schema((String) payload.get("$ref")));
                }
                channels.put((String) channel.getKey(), messages);
            }
        }
    }

    private JsonObject schema(String file) throws IOException {
        var schema = new JsonObject(resource(file));
        // It is written into.
        validators.put(schema.getString("$id"), Validator.create(JsonSchema.of(schema.copy()), OPTIONS));
        return schema;
    }

    private static String resource(String file) throws IOException {
        try (var stream = FrameSchemas.class.getClassLoader().getResourceAsStream(FOLDER + file)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static synchronized FrameSchemas get() {
        if (read == null) {
            try {
                read = new FrameSchemas();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return read;
    }

    /** The messages that a channel names, with their schemas. */
    Map<String, JsonObject> messages(String channel) {
        return channels.get(channel);
    }

    /** The names of the channels: client, server, worker and work. */
    List<String> channels() {
        return List.copyOf(channels.keySet());
    }

    /** A message's first example. */
    JsonObject example(String channel, String message) {
        return messages(channel)
                .get(message)
                .getJsonArray("examples")
                .getJsonObject(0)
                .copy();
    }

    /** Whether a frame is as the message of a channel has to be. */
    synchronized OutputUnit check(String channel, String message, JsonObject frame) {
        return validators.get(messages(channel).get(message).getString("$id")).validate(frame);
    }

    /** What the platform sends is one of the messages that the contract says that it sends, and as that has to be. */
    void checkSent(JsonObject frame) {
        var type = frame.getString("type");
        var channel = messages("server").containsKey(type) ? "server" : "work";
        if (!messages(channel).containsKey(type)) {
            throw new AssertionError("the contract names no frame of this type: " + frame);
        }
        var checked = check(channel, type, frame);
        if (!checked.getValid()) {
            throw new AssertionError("not as the contract says: " + frame + ": " + checked.toJson());
        }
    }
}
