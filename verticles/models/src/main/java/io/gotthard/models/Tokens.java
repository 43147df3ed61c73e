package io.gotthard.models;

import io.gotthard.contracts.Usage.Source;
import java.util.List;
import java.util.Map;

/**
 * Counts the tokens of requests and answers whose upstream did not say how many they were. What is counted is what OpenAI's own
 * tokenizers make of a text; for models that have others it is a good guess and the same for everybody.
 *
 * <p>To be called on a worker: the first call loads a vocabulary, which takes up to a second, and a megabyte of text takes some
 * tenths of one. There is no text that takes much longer.
 */
final class Tokens {

    /** Where a part of an input has its text. */
    private static final List<String> TEXTS = List.of("text", "content", "arguments", "output");

    private Tokens() {}

    /**
     * A count.
     *
     * @param tokens how many
     * @param source {@link Source#COUNTED}, or {@link Source#ESTIMATED} if a part of it was calculated from its length
     */
    record Count(long tokens, Source source) {}

    /**
     * The tokens of a request's prompt: of chats with what the roles, names and tools add to it, of other requests those of their texts;
     * ids of tokens count as themselves.
     *
     * @param model the model's name at its upstream, which tells the vocabulary
     * @param body the request's fields, as {@link io.gotthard.contracts.JsonBody#fields} has them; of any shape
     */
    static Count prompt(Kind kind, String model, Map<String, Object> body) {
        var counter = TokenCounter.of(model);
        switch (kind) {
            case CHAT -> new ChatTokens(counter).add(body);
            case COMPLETION -> {
                input(counter, body.get("prompt"));
                input(counter, body.get("suffix"));
            }
            case EMBEDDING, MODERATION, SPEECH -> input(counter, body.get("input"));
            case IMAGE, IMAGE_EDIT, TRANSCRIPTION, TRANSLATION -> input(counter, body.get("prompt"));
            case RESPONSE -> {
                input(counter, body.get("instructions"));
                input(counter, body.get("input"));
            }
        }
        return counter.count();
    }

    /**
     * The tokens of a text, such as all that was delivered of an answer.
     *
     * @param model the model's name at its upstream
     */
    static Count text(String model, String text) {
        var counter = TokenCounter.of(model);
        counter.text(text);
        return counter.count();
    }

    /** A text, a token's id, a part that has texts, or a list of these or of such lists. */
    private static void input(TokenCounter counter, Object input) {
        switch (input) {
            case String text -> counter.text(text);
            case Number id -> counter.add(1);
            case List<?> list -> list.forEach(part -> input(counter, part));
            case Map<?, ?> part -> {
                for (var name : TEXTS) {
                    input(counter, part.get(name));
                }
            }
            case null, default -> {}
        }
    }
}
