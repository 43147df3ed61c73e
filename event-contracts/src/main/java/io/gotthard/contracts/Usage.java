package io.gotthard.contracts;

import java.util.Map;

/**
 * What an answer consumed.
 *
 * @param model the model that answered, under its public name
 * @param upstream the upstream that was asked
 * @param source who counted
 * @param promptTokens tokens of the input, cached ones included
 * @param completionTokens tokens of the output, reasoning included
 * @param cachedTokens the part of the prompt that the upstream had cached
 * @param reasoningTokens the part of the completion that was reasoning
 * @param media what was consumed besides tokens, or null
 */
public record Usage(
        String model,
        String upstream,
        Source source,
        long promptTokens,
        long completionTokens,
        long cachedTokens,
        long reasoningTokens,
        Media media) {

    /** Nobody can consume so much: what an upstream says beyond it is nonsense, and must not overflow a sum. */
    private static final long MOST = 1L << 40;

    /** Who counted. */
    public enum Source {
        /** The upstream said so. */
        REPORTED,
        /** A tokenizer of ours counted what was asked and what was delivered. */
        COUNTED,
        /** It was too large to be counted and is calculated from its length. */
        ESTIMATED,
        /** Nobody: all counts are zero. */
        NONE
    }

    /**
     * What is not counted in tokens.
     *
     * @param images how many images were made
     * @param size their size, as in {@code 1024x1024}, or null
     * @param quality their quality, as in {@code high}, or null
     * @param audioMillis milliseconds of audio that was understood or made
     * @param characters characters that were spoken
     */
    public record Media(int images, String size, String quality, long audioMillis, long characters) {

        /** Audio of this length. */
        public static Media ofSeconds(double seconds) {
            return new Media(0, null, null, Math.clamp(Math.round(seconds * 1000), 0, MOST), 0);
        }
    }

    /** Tokens as the upstream reported them. */
    public Usage(
            String model,
            String upstream,
            long promptTokens,
            long completionTokens,
            long cachedTokens,
            long reasoningTokens,
            boolean reported) {
        this(
                model,
                upstream,
                reported ? Source.REPORTED : Source.NONE,
                promptTokens,
                completionTokens,
                cachedTokens,
                reasoningTokens,
                null);
    }

    /** The usage of an answer whose upstream said nothing about tokens. */
    public static Usage unreported(String model, String upstream) {
        return new Usage(model, upstream, 0, 0, 0, 0, false);
    }

    /** Tokens that we counted or estimated. */
    public static Usage counted(String model, String upstream, Source source, long prompt, long completion) {
        return new Usage(model, upstream, source, prompt, completion, 0, 0, null);
    }

    /**
     * Reads OpenAI's {@code usage} object, in the words of chats or of its newer operations; what is missing in it, or not a number,
     * counts as zero.
     */
    public static Usage of(String model, String upstream, Map<?, ?> usage) {
        boolean newer = usage.containsKey("input_tokens");
        var input = newer ? "input_tokens" : "prompt_tokens";
        var output = newer ? "output_tokens" : "completion_tokens";
        return new Usage(
                model,
                upstream,
                Source.REPORTED,
                number(usage, input),
                number(usage, output),
                number(usage.get(input + "_details"), "cached_tokens"),
                number(usage.get(output + "_details"), "reasoning_tokens"),
                usage.get("seconds") instanceof Number seconds ? Media.ofSeconds(seconds.doubleValue()) : null);
    }

    /** The same, with what was consumed besides tokens and who says so. */
    public Usage with(Media consumed, Source counted) {
        return new Usage(
                model, upstream, counted, promptTokens, completionTokens, cachedTokens, reasoningTokens, consumed);
    }

    /** Whether the upstream counted. */
    public boolean reported() {
        return source == Source.REPORTED;
    }

    private static long number(Object object, String name) {
        return object instanceof Map<?, ?> map && map.get(name) instanceof Number n
                ? Math.clamp(n.longValue(), 0, MOST)
                : 0;
    }
}
