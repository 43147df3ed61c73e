package io.gotthard.models;

import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Usage;
import io.gotthard.contracts.Usage.Media;
import io.gotthard.contracts.Usage.Source;
import java.util.List;
import java.util.Map;

/**
 * What a request is going to consume, as far as its body tells. On the path of every request: nothing is counted, only calculated, and
 * nothing made but the result.
 */
final class Expected {

    /** What an answer has, as a rule. */
    private static final long LIKELY_OUTPUT = 256;

    /** More tokens than any model says, and more answers than any gives: so that no product is too large. */
    private static final long HIGHEST = 100_000_000;

    private static final long MOST_CHOICES = 10_000;

    /**
     * How to guess.
     *
     * @param bytesPerToken of text
     * @param soundPerToken characters of base64
     * @param image tokens of an image
     * @param soundPerMilli bytes of a file for a millisecond of sound
     */
    private record Guess(long bytesPerToken, long soundPerToken, long image, long soundPerMilli) {
        static final Guess LIKELY = new Guess(4, ChatTokens.SOUND_PER_TOKEN, ImageTokens.USUAL, 4);
        static final Guess MOST = new Guess(1, 100, ImageTokens.MOST, 1);
    }

    private Expected() {}

    /**
     * What it will probably consume: a token for every four bytes, and as many as the answer may have at most if that is said, else
     * {@value #LIKELY_OUTPUT}.
     *
     * @param body the request, or null if it has no JSON
     */
    static Usage likely(Kind kind, String model, String upstream, JsonBody body) {
        return usage(kind, model, upstream, body, LIKELY_OUTPUT, Guess.LIKELY);
    }

    /**
     * What it can consume at the very most: no token has less than a byte, so its input has no more tokens than bytes, but for images,
     * of which each counts as the largest; and its answers have as many as they may.
     *
     * @param body the request, or null if it has no JSON
     * @param mostOutput how many tokens an answer may have if the request does not say
     */
    static Usage most(Kind kind, String model, String upstream, JsonBody body, long mostOutput) {
        return usage(kind, model, upstream, body, mostOutput, Guess.MOST);
    }

    private static Usage usage(Kind kind, String model, String upstream, JsonBody body, long usualOutput, Guess guess) {
        if (body == null) {
            return Usage.counted(model, upstream, Source.ESTIMATED, 0, 0);
        }
        var fields = body.fields();
        long input = body.length() / guess.bytesPerToken;
        return switch (kind) {
            case CHAT, RESPONSE ->
                Usage.counted(
                        model,
                        upstream,
                        Source.ESTIMATED,
                        Math.max(0, input + media(fields.get(kind == Kind.CHAT ? "messages" : "input"), guess)),
                        output(fields, usualOutput));
            case COMPLETION ->
                Usage.counted(
                        model,
                        upstream,
                        Source.ESTIMATED,
                        input,
                        output(fields, usualOutput) * prompts(fields.get("prompt")));
            case IMAGE, IMAGE_EDIT -> {
                var made = new Media((int) images(fields), text(fields, "size"), text(fields, "quality"), 0, 0);
                yield new Usage(model, upstream, Source.ESTIMATED, input, 0, 0, 0, made);
            }
            case SPEECH -> {
                var words = text(fields, "input");
                var spoken = new Media(0, null, null, 0, words == null ? 0 : words.codePointCount(0, words.length()));
                yield new Usage(model, upstream, Source.ESTIMATED, input, 0, 0, 0, spoken);
            }
            case TRANSCRIPTION, TRANSLATION -> {
                long file = body.form() == null ? 0 : body.form().length();
                // A token is told in characters of base64, of which there are four for three bytes.
                long tokens = input + file * 4 / 3 / guess.soundPerToken;
                var heard = new Media(0, null, null, file / guess.soundPerMilli, 0);
                yield new Usage(model, upstream, Source.ESTIMATED, tokens, output(fields, usualOutput), 0, 0, heard);
            }
            case EMBEDDING, MODERATION -> Usage.counted(model, upstream, Source.ESTIMATED, input, 0);
        };
    }

    /** By how many tokens a chat's length is wrong, because images and sound are in it, or are not and will be. */
    private static long media(Object messages, Guess guess) {
        long tokens = 0;
        if (messages instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                if (list.get(i) instanceof Map<?, ?> message && message.get("content") instanceof List<?> parts) {
                    for (int part = 0; part < parts.size(); part++) {
                        tokens += parts.get(part) instanceof Map<?, ?> map ? media(map, guess) : 0;
                    }
                }
            }
        }
        return tokens;
    }

    private static long media(Map<?, ?> part, Guess guess) {
        var image = part.get("image_url");
        if (image != null) {
            var url = image instanceof Map<?, ?> object ? object.get("url") : image;
            boolean embedded = url instanceof String text && text.startsWith("data:");
            return guess.image - (embedded ? ((String) url).length() / guess.bytesPerToken : 0);
        }
        boolean sound = part.get("input_audio") instanceof Map<?, ?> audio && audio.get("data") instanceof String;
        int length = sound ? ((String) ((Map<?, ?>) part.get("input_audio")).get("data")).length() : 0;
        return length / guess.soundPerToken - length / guess.bytesPerToken;
    }

    private static long output(Map<String, Object> fields, long otherwise) {
        // An upstream may look at any of them.
        long said = Math.max(
                Math.max(count(fields.get("max_completion_tokens")), count(fields.get("max_tokens"))),
                count(fields.get("max_output_tokens")));
        return (said < 0 ? otherwise : said) * choices(fields);
    }

    private static long choices(Map<String, Object> fields) {
        return Math.clamp(Math.max(count(fields.get("n")), count(fields.get("best_of"))), 1, MOST_CHOICES);
    }

    /** How many images are asked for; in a form, every number is a text. */
    private static long images(Map<String, Object> fields) {
        return fields.get("n") instanceof String text && text.matches("[0-9]{1,2}")
                ? Math.max(1, Long.parseLong(text))
                : choices(fields);
    }

    /** How many prompts there are: each text or list of a list is one, and ids of tokens are one together. */
    private static long prompts(Object prompt) {
        return prompt instanceof List<?> list && !list.isEmpty() && !(list.getFirst() instanceof Number)
                ? list.size()
                : 1;
    }

    /** A number as it is said, -1 if none is. */
    private static long count(Object said) {
        return switch (said) {
            case Integer number -> Math.clamp(number, 0, HIGHEST);
            case Long number -> Math.clamp(number, 0, HIGHEST);
            case Double number -> Math.clamp(number.longValue(), 0, HIGHEST);
            // Larger than those: what is left of it in a long could be anything.
            case Number number -> HIGHEST;
            case null, default -> -1;
        };
    }

    private static String text(Map<String, Object> fields, String name) {
        return fields.get(name) instanceof String text ? text : null;
    }
}
