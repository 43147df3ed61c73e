package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/** What Gemini answers: parts that are alike, of which a whole answer is one. Tool calls come complete. */
final class GeminiReply {

    private final Question question;
    private final Reply reply;
    private final Map<Integer, Integer> calls = new HashMap<>();

    GeminiReply(Question question, Reply reply) {
        this.question = question;
        this.reply = reply;
    }

    void part(Node answer) {
        var error = answer.get("error");
        if (error.there()) {
            throw Gemini.failure(question, error.get("code").number(500), -1, error.object());
        }
        reply.id(answer.get("responseId").text());
        var candidates = answer.get("candidates").items();
        if (candidates.isEmpty()
                && answer.get("promptFeedback").get("blockReason").there()) {
            throw UpstreamFailure.of(
                    question,
                    400,
                    -1,
                    new JsonObject()
                            .put("message", "The model's upstream refused the prompt for its content.")
                            .put("code", "content_filter"));
        }
        for (int i = 0; i < candidates.size(); i++) {
            candidate(candidates.get(i).get("index").number(i), candidates.get(i));
        }
        usage(answer.get("usageMetadata"));
    }

    private void candidate(int choice, Node candidate) {
        for (var part : candidate.get("content").get("parts").items()) {
            var call = part.get("functionCall");
            if (call.there()) {
                call(choice, call, part.get("thoughtSignature").text());
            } else if (part.get("thought").isTrue()) {
                reply.reasoning(choice, part.get("text").words());
            } else {
                reply.text(choice, part.get("text").words());
            }
        }
        var reason = candidate.get("finishReason").text();
        if (reason != null) {
            reply.finish(choice, reason(reason, calls.containsKey(choice)));
        }
    }

    private void call(int choice, Node call, String signature) {
        int index = calls.merge(choice, 1, Integer::sum) - 1;
        var signed = signature == null
                ? null
                : new JsonObject()
                        .put(
                                "extra_content",
                                new JsonObject().put("google", new JsonObject().put("thought_signature", signature)));
        reply.call(choice, index, call.get("id").text(), call.get("name").text(), signed);
        reply.arguments(choice, index, call.get("args").object().encode());
    }

    private String reason(String reason, boolean called) {
        return switch (reason) {
            case "STOP" -> called ? "tool_calls" : "stop";
            case "MAX_TOKENS" -> "length";
            case "SAFETY",
                    "RECITATION",
                    "LANGUAGE",
                    "BLOCKLIST",
                    "PROHIBITED_CONTENT",
                    "SPII",
                    "IMAGE_SAFETY",
                    "IMAGE_PROHIBITED_CONTENT",
                    "IMAGE_RECITATION" -> "content_filter";
            default -> throw broken();
        };
    }

    /** It stopped because of a malformed call, or of something else that leaves no answer. */
    private Failure broken() {
        return UpstreamFailure.of(question, 500, -1, new JsonObject());
    }

    private void usage(Node usage) {
        if (usage.get("promptTokenCount").there()) {
            long thought = usage.get("thoughtsTokenCount").count();
            reply.usage(new Reply.Spent(
                    usage.get("promptTokenCount").count()
                            + usage.get("toolUsePromptTokenCount").count(),
                    usage.get("candidatesTokenCount").count() + thought,
                    usage.get("cachedContentTokenCount").count(),
                    thought));
        }
    }
}
