package io.gotthard.models;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.models.provider.Node;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** A request in Anthropic's words, which the contract has validated, as a chat. */
final class MessagesRequest {

    /** Longer names of users are refused by OpenAI. */
    private static final int LONGEST_USER = 64;

    /** Without these it would be another request. */
    private static final Set<String> REFUSED = Set.of("mcp_servers", "container");

    private static final Pattern PLACE = Pattern.compile("messages\\[(\\d{1,6})](?:\\.content\\[(\\d{1,6})])?");

    private final JsonBody source;
    private final Node root;
    private final JsonArray messages = new JsonArray();
    private final List<MessagesTurn.Places> places = new ArrayList<>();

    MessagesRequest(JsonBody source) {
        this.source = source;
        this.root = new Node(source.fields());
    }

    /**
     * The chat.
     *
     * @param model the model's public name
     * @throws Failure 400 with the name of what a chat has no words for
     */
    JsonBody chat(String model) {
        for (var name : REFUSED) {
            var value = root.get(name);
            if (value.there() && !value.equals(new Node(List.of()))) {
                throw unsupported(name);
            }
        }
        addSystem();
        var given = root.get("messages").items();
        for (int i = 0; i < given.size(); i++) {
            MessagesTurn.of(i, given.get(i)).addTo(messages, places);
        }
        var chat = new JsonObject().put("model", model).put("messages", messages);
        MessagesTools.put(root, chat);
        copy("max_tokens", chat);
        copy("temperature", chat);
        copy("top_p", chat);
        var stops = root.get("stop_sequences").items();
        if (!stops.isEmpty()) {
            chat.put("stop", root.get("stop_sequences").json());
        }
        var user = root.get("metadata").get("user_id").words();
        if (!user.isEmpty()) {
            chat.put("user", user.length() > LONGEST_USER ? hash(user) : user);
        }
        putFormat(chat);
        if (root.get("stream").isTrue()) {
            chat.put("stream", true).put("stream_options", new JsonObject().put("include_usage", true));
        }
        return JsonBody.translation(chat.toBuffer(), source);
    }

    static Failure unsupported(String param) {
        return Failure.invalid(param, "There is no equivalent of '" + param + "' for this model.");
    }

    private void addSystem() {
        var system = root.get("system");
        var text = system.text() != null ? system.text() : MessagesTurn.texts(system.items());
        if (!text.isEmpty()) {
            messages.add(new JsonObject().put("role", "system").put("content", text));
            places.add(new MessagesTurn.Places("system", List.of()));
        }
    }

    private void copy(String name, JsonObject chat) {
        if (root.get(name).there()) {
            chat.put(name, root.get(name).json());
        }
    }

    private void putFormat(JsonObject chat) {
        var format = root.get("output_config").get("format").there()
                ? root.get("output_config").get("format")
                : root.get("output_format");
        if (format.there()) {
            if (!"json_schema".equals(format.get("type").text())) {
                throw unsupported("output_config.format.type");
            }
            var schema = new JsonObject()
                    .put("name", "answer")
                    .put("schema", format.get("schema").object())
                    .put("strict", true);
            chat.put(
                    "response_format",
                    new JsonObject().put("type", "json_schema").put("json_schema", schema));
        }
    }

    /** The same failure with the names of the client's own fields in place of those of the chat that was made of them. */
    Failure named(Failure failure) {
        if (failure.param() == null || failure.status() >= 500) {
            return failure;
        }
        return new Failure(
                        failure.status(),
                        failure.type(),
                        failure.code(),
                        named(failure.param()),
                        named(failure.getMessage()),
                        failure.retryAfterMillis())
                .with(failure.headers());
    }

    private String named(String text) {
        return PLACE.matcher(text).replaceAll(found -> {
            int message = Integer.parseInt(found.group(1));
            if (message >= places.size()) {
                return found.group();
            }
            return places.get(message).of(found.group(2) == null ? -1 : Integer.parseInt(found.group(2)));
        });
    }

    private static String hash(String text) {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
