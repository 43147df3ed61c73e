package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** An answer in one piece. */
final class ChatWhole implements ChatAnswer {

    private final ChatWords words;
    private final Map<String, String> headers;
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder thoughts = new StringBuilder();
    private final Promise<Answer> answer = Promise.promise();

    ChatWhole(ChatWords words, Map<String, String> headers) {
        this.words = words;
        this.headers = headers;
    }

    /** When it has ended. */
    Future<Answer> answer() {
        return answer.future();
    }

    @Override
    public void content(String text) {
        content.append(text);
    }

    @Override
    public void thought(String text) {
        thoughts.append(text);
    }

    @Override
    public boolean takeBack(String said) {
        content.setLength(content.length() - said.length());
        return true;
    }

    @Override
    public void end(JsonArray calls, String reason, JsonObject usage) {
        var message = new JsonObject()
                .put("role", "assistant")
                .put("content", content.isEmpty() && !calls.isEmpty() ? null : content.toString())
                .put("refusal", null);
        if (!thoughts.isEmpty()) {
            message.put("reasoning_content", thoughts.toString());
        }
        if (!calls.isEmpty()) {
            message.put("tool_calls", calls);
        }
        answer.tryComplete(
                Answer.json(words.completion(message, reason, usage).toBuffer()).with(headers));
    }

    @Override
    public void fail(Failure cause) {
        answer.tryFail(cause);
    }
}
