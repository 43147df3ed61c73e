package io.gotthard.assistants;

import io.vertx.core.json.JsonObject;

/** What all calls of models consumed that an answer was made of, as OpenAI's {@code usage}. */
final class ChatUsage {

    private long prompt;
    private long completion;
    private long cached;
    private long reasoning;

    /** Adds what the event {@code usage.recorded} says. */
    void add(JsonObject recorded) {
        prompt += recorded.getLong("prompt_tokens", 0L);
        completion += recorded.getLong("completion_tokens", 0L);
        cached += recorded.getLong("cached_tokens", 0L);
        reasoning += recorded.getLong("reasoning_tokens", 0L);
    }

    /** If nothing was recorded, what the run says at its end is all there is. */
    void orElse(JsonObject run) {
        if (run != null && prompt == 0 && completion == 0) {
            add(run);
        }
    }

    JsonObject json() {
        return new JsonObject()
                .put("prompt_tokens", prompt)
                .put("completion_tokens", completion)
                .put("total_tokens", prompt + completion)
                .put("prompt_tokens_details", new JsonObject().put("cached_tokens", cached))
                .put("completion_tokens_details", new JsonObject().put("reasoning_tokens", reasoning));
    }
}
