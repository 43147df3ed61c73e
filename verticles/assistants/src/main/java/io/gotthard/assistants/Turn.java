package io.gotthard.assistants;

import io.vertx.core.json.JsonArray;

/**
 * What a model answered.
 *
 * @param messageId under which it was shown
 * @param content what it said
 * @param toolCalls what it wants to be called, or null
 * @param finishReason why it ended, in OpenAI's words
 * @param consumed what that took
 */
record Turn(String messageId, String content, JsonArray toolCalls, String finishReason, Consumed consumed) {

    /**
     * What one call of a model took.
     *
     * @param receipt whose receipt has what it cost, or null
     */
    record Consumed(String model, long prompt, long completion, long cached, long reasoning, String receipt) {}
}
