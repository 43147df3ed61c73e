package io.gotthard.contracts;

import java.util.Map;

/**
 * What an answer consumed, as its upstream reported it.
 *
 * @param model the model that answered, under its public name
 * @param upstream the upstream that was asked
 * @param promptTokens tokens of the input, cached ones included
 * @param completionTokens tokens of the output, reasoning included
 * @param cachedTokens the part of the prompt that the upstream had cached
 * @param reasoningTokens the part of the completion that was reasoning
 * @param reported false if the upstream did not say, all counts are zero then
 */
public record Usage(
        String model,
        String upstream,
        long promptTokens,
        long completionTokens,
        long cachedTokens,
        long reasoningTokens,
        boolean reported) {

    /** The usage of an answer whose upstream said nothing about tokens. */
    public static Usage unreported(String model, String upstream) {
        return new Usage(model, upstream, 0, 0, 0, 0, false);
    }

    /** Reads OpenAI's {@code usage} object; what is missing in it, or not a number, counts as zero. */
    public static Usage of(String model, String upstream, Map<?, ?> usage) {
        return new Usage(
                model,
                upstream,
                number(usage, "prompt_tokens"),
                number(usage, "completion_tokens"),
                number(usage.get("prompt_tokens_details"), "cached_tokens"),
                number(usage.get("completion_tokens_details"), "reasoning_tokens"),
                true);
    }

    private static long number(Object object, String name) {
        return object instanceof Map<?, ?> map && map.get(name) instanceof Number n ? Math.max(0, n.longValue()) : 0;
    }
}
