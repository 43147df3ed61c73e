package io.gotthard.models.provider;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * What a model says, in the order it says it; made into a chat completion of OpenAI's, whole or in chunks. A translator says it here
 * only once for both.
 */
interface Reply {

    /**
     * What was consumed.
     *
     * @param prompt tokens of the input, cached ones included
     * @param completion tokens of the output, reasoning included
     * @param cached the part of the prompt that was read from a cache
     * @param reasoning the part of the completion that was reasoning
     * @param written the part of the prompt that was written to a cache
     */
    record Spent(long prompt, long completion, long cached, long reasoning, long written) {

        Spent(long prompt, long completion, long cached, long reasoning) {
            this(prompt, completion, cached, reasoning, 0);
        }

        JsonObject json() {
            var details = new JsonObject().put("cached_tokens", cached);
            if (written > 0) {
                details.put("cache_creation_tokens", written);
            }
            return new JsonObject()
                    .put("prompt_tokens", prompt)
                    .put("completion_tokens", completion)
                    .put("total_tokens", prompt + completion)
                    .put("prompt_tokens_details", details)
                    .put("completion_tokens_details", new JsonObject().put("reasoning_tokens", reasoning));
        }
    }

    /** An id for a call that has none: another one in each answer, and short enough for clients that expect 40 characters. */
    static String callId(String answer, int choice, int index) {
        var name = (answer + "/" + choice + "/" + index).getBytes(StandardCharsets.UTF_8);
        return "call_"
                + UUID.nameUUIDFromBytes(name).toString().replace("-", "").substring(0, 24);
    }

    /** The answer's id, if the upstream has one; comes before all else. */
    void id(String id);

    /** A piece of text. */
    void text(int choice, String piece);

    /** A piece of reasoning. */
    void reasoning(int choice, String piece);

    /** A further member of the message that only programs know which know the upstream; {@code value} is an array. */
    void further(int choice, String name, Object value);

    /**
     * A tool call begins.
     *
     * @param index counts the calls of a choice, from 0
     * @param id what a tool's message refers to; null if the upstream has no such thing, then it gets one
     * @param further members of the call that only programs know which know the upstream, or null
     */
    void call(int choice, int index, String id, String name, JsonObject further);

    /** A piece of the JSON that the last tool call has as its arguments. */
    void arguments(int choice, int index, String piece);

    /** The choice is complete; {@code reason} is OpenAI's word for why. The first one counts. */
    default void finish(int choice, String reason) {
        finish(choice, reason, null);
    }

    /**
     * The same with the text that ended it, of those that the client gave, or null. It is in {@code stop_reason}, as vLLM has it.
     */
    void finish(int choice, String reason, String stopped);

    /** What it was altogether. */
    void usage(Spent spent);

    /** Whether the choice is complete. */
    boolean isFinished(int choice);
}
