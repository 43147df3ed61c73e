package io.gotthard.models.provider;

import io.vertx.core.json.JsonObject;

/** What Ollama answers: lines that are alike, of which a whole answer is one. Tool calls come complete. */
final class OllamaReply {

    private final Question question;
    private final Reply reply;
    private int calls;

    OllamaReply(Question question, Reply reply) {
        this.question = question;
        this.reply = reply;
    }

    /** Takes a line, and says whether it was the last one. */
    boolean line(Node line) {
        var error = line.get("error");
        if (error.there()) {
            throw Ollama.failure(
                    question, line.get("status").number(500), -1, new JsonObject().put("message", error.words()));
        }
        var message = line.get("message");
        reply.reasoning(0, message.get("thinking").words());
        reply.text(0, message.get("content").words());
        for (var call : message.get("tool_calls").items()) {
            var function = call.get("function");
            reply.call(0, calls, call.get("id").text(), function.get("name").text(), null);
            reply.arguments(0, calls, function.get("arguments").object().encode());
            calls++;
        }
        if (!line.get("done").isTrue()) {
            return false;
        }
        boolean length = "length".equals(line.get("done_reason").text());
        reply.finish(0, length ? "length" : calls > 0 ? "tool_calls" : "stop");
        var prompt = line.get("prompt_eval_count");
        if (prompt.there()) {
            reply.usage(new Reply.Spent(prompt.count(), line.get("eval_count").count(), 0, 0));
        }
        return true;
    }
}
