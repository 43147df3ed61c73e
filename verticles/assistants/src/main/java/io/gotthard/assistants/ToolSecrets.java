package io.gotthard.assistants;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The keys that tools are called with. */
final class ToolSecrets {

    private static final int SHORTEST = 4;

    private final Map<String, ToolSecret> secrets;
    private final List<String> hidden;

    ToolSecrets(Map<String, ToolSecret> secrets) {
        this.secrets = secrets;
        var texts = new ArrayList<String>();
        for (var secret : secrets.values()) {
            texts.add(secret.value());
            texts.add(base64(secret.value()));
            texts.add(secret.value().substring(secret.value().indexOf(':') + 1));
        }
        // The longest first: one may contain another.
        this.hidden = texts.stream()
                .filter(text -> text.length() >= SHORTEST)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /**
     * The headers that a request to there is to have.
     *
     * @param definition of the tool; its {@code auth} is one that was checked
     * @throws Trouble if this secret may not be sent there; whether there is one of that name is not told
     */
    Map<String, String> headers(JsonObject definition, URI uri, String tenant) {
        var auth = definition.getJsonObject("auth");
        if (auth == null) {
            return Map.of();
        }
        var secret = secrets.get(auth.getString("secret"));
        if (secret == null || !secret.isFor(tenant, uri)) {
            throw new Trouble("The secret '" + auth.getString("secret") + "' can't be used for this server.");
        }
        return switch (auth.getString("type")) {
            case "bearer" -> Map.of("authorization", "Bearer " + secret.value());
            case "basic" -> Map.of("authorization", "Basic " + base64(secret.value()));
            default -> Map.of(auth.getString("header"), secret.value());
        };
    }

    /** The text without any of them, should a server tell what it was told. */
    String mask(String text) {
        var masked = text;
        for (var secret : hidden) {
            masked = masked.replace(secret, "***");
        }
        return masked;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
