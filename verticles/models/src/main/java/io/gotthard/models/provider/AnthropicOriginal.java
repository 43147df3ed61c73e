package io.gotthard.models.provider;

import io.gotthard.contracts.JsonBody;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/**
 * What a client said in Anthropic's own words, for an upstream that speaks them too: with another model's name and otherwise as it came,
 * so that nothing of it is lost which a chat has no words for. But for thoughts of another model: they have no signature, and Anthropic
 * refuses them.
 */
final class AnthropicOriginal {

    private static final String BETA = "anthropic-beta";

    private AnthropicOriginal() {}

    static Translator.Request request(Question question, Map<String, String> headers) {
        var source = question.body().source();
        var edit = source.edit().set("model", Json.encode(question.upstreamModel()));
        var signed = signed(source);
        if (signed != null) {
            edit.set("messages", signed.encode());
        }
        var beta = question.call().parameters().get(BETA);
        var all = new HashMap<>(headers);
        if (beta != null) {
            all.put(BETA, beta);
        }
        return new Translator.Request(Anthropic.PATH, all, edit.toBuffer());
    }

    /** The messages without thoughts that are not signed, or null if there are none of these. */
    private static JsonArray signed(JsonBody source) {
        var messages = new JsonArray();
        boolean foreign = false;
        for (var message : new Node(source.fields()).get("messages").items()) {
            var content = new JsonArray();
            boolean all = true;
            for (var block : message.get("content").items()) {
                if (isForeign(block)) {
                    all = false;
                } else {
                    content.add(block.json());
                }
            }
            foreign |= !all;
            if (all) {
                messages.add(message.json());
            } else if (!content.isEmpty()) {
                messages.add(
                        new JsonObject().put("role", message.get("role").text()).put("content", content));
            }
        }
        return foreign ? messages : null;
    }

    private static boolean isForeign(Node block) {
        return "thinking".equals(block.get("type").text())
                && block.get("signature").words().isEmpty();
    }
}
