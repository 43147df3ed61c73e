package io.gotthard.platform;

import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The frames of WebSockets as the event contract has them: whatever a real platform sends in a test is held against them. */
final class FrameContract {

    private static final String FOLDER = "event-contracts/";
    private static final JsonSchemaOptions OPTIONS = new JsonSchemaOptions()
            .setBaseUri("https://example.com/")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Basic);
    private static final FrameContract READ = new FrameContract();

    private final Map<String, Validator> validators = new TreeMap<>();

    private FrameContract() {
        try {
            var contract = (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(text("asyncapi.yaml"));
            var channels = (Map<?, ?>) contract.get("channels");
            for (var channel : List.of("server", "work")) {
                var messages = (Map<?, ?>) ((Map<?, ?>) channels.get(channel)).get("messages");
                for (var message : messages.entrySet()) {
                    var payload = (Map<?, ?>) ((Map<?, ?>) message.getValue()).get("payload");
                    var schema = new JsonObject(text((String) payload.get("$ref")));
                    validators.put((String) message.getKey(), Validator.create(JsonSchema.of(schema), OPTIONS));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(String file) throws IOException {
        try (var stream = FrameContract.class.getClassLoader().getResourceAsStream(FOLDER + file)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** A frame that the platform sent, which has to be as the contract says. */
    static JsonObject checked(JsonObject frame) {
        READ.check(frame);
        return frame;
    }

    private synchronized void check(JsonObject frame) {
        var validator = validators.get(frame.getString("type"));
        if (validator == null) {
            throw new AssertionError("the contract names no frame of this type: " + frame);
        }
        var result = validator.validate(frame);
        if (!result.getValid()) {
            throw new AssertionError("not as the contract says: " + frame + ": " + result.toJson());
        }
    }
}
