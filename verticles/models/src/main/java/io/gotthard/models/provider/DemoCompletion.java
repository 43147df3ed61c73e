package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One text completion of the demo, the older sister of chat: decided when made, rendered whole or in chunks. */
final class DemoCompletion {

    private static final int MOST_CHOICES = 1024;
    private static final int MOST_ECHOED = 1024 * 1024;
    private static final int MOST_TOKENS = 16; // when the client does not say, as with OpenAI

    private record Choice(int index, String echoed, List<String> text, String finishReason) {}

    private final Question question;
    private final Map<String, Object> fields;
    private final List<Choice> choices = new ArrayList<>();
    private final Usage usage;
    private final String id;
    private final long created = System.currentTimeMillis() / 1000;

    /** @throws Failure 400 for what the demo can't do */
    DemoCompletion(Question question) {
        this.question = question;
        this.fields = question.body().fields();
        this.id = "cmpl-" + question.call().id();
        if (fields.get("logprobs") != null) {
            throw Failure.invalid("logprobs", "The demo has 'logprobs' only in chat completions.");
        }
        var prompts = DemoInput.read(fields.getOrDefault("prompt", ""), "prompt");
        int n = DemoText.number(fields, "n", 1, 1, 128);
        if (prompts.size() * n > MOST_CHOICES) {
            throw Failure.invalid("prompt", "Prompts times 'n' must be at most " + MOST_CHOICES + ".");
        }
        boolean echo = Boolean.TRUE.equals(fields.get("echo"));
        if (echo) {
            checkEcho(prompts, n);
        }
        int most = DemoText.number(fields, "max_tokens", MOST_TOKENS, 0, Integer.MAX_VALUE);
        for (var prompt : prompts) {
            var pieces = DemoText.pieces(DemoText.untilStop(reply(prompt), fields.get("stop")));
            var taken = pieces.subList(0, Math.min(most, pieces.size()));
            var finishReason = taken.size() < pieces.size() ? "length" : "stop";
            for (int i = 0; i < n; i++) {
                choices.add(new Choice(choices.size(), echo ? prompt.text() : "", taken, finishReason));
            }
        }
        long asked = prompts.stream().mapToLong(DemoInput::count).sum();
        long said = choices.stream().mapToLong(choice -> choice.text().size()).sum();
        this.usage = new Usage(question.model(), question.upstream(), asked, said, 0, 0, true);
    }

    private static void checkEcho(List<DemoInput> prompts, int n) {
        if (prompts.stream().anyMatch(prompt -> prompt.text() == null)) {
            throw Failure.invalid("echo", "The demo can't turn token ids back into text.");
        }
        if (prompts.stream().mapToLong(prompt -> prompt.text().length()).sum() * n > MOST_ECHOED) {
            throw Failure.invalid("echo", "The demo echoes at most " + MOST_ECHOED + " characters.");
        }
    }

    private static String reply(DemoInput prompt) {
        var shown = prompt.text() == null ? prompt.count() + " token ids" : DemoText.shortened(prompt.text());
        return " " + DemoText.INTRODUCTION + " Your prompt: " + shown;
    }

    boolean streaming() {
        return question.streaming();
    }

    /** Tokens of the prompts, and of the text in all choices without what was echoed. */
    Usage usage() {
        return usage;
    }

    /** The whole answer. */
    JsonObject answer() {
        var rendered = new JsonArray();
        choices.forEach(choice ->
                rendered.add(choice(choice, choice.echoed() + String.join("", choice.text()), choice.finishReason())));
        return frame(rendered).put("usage", DemoChat.usageJson(usage));
    }

    /** The answer in chunks, made one by one; the choices take turns, the first one first. */
    Iterator<JsonObject> chunks() {
        var turns = new DemoTurns<>(choices.stream().map(this::parts).toList());
        Stream<JsonObject> chunks = turns.stream().map(choice -> {
            var chunk = frame(new JsonArray().add(choice));
            return question.wantsUsage() ? chunk.putNull("usage") : chunk;
        });
        if (question.wantsUsage()) {
            chunks = Stream.concat(chunks, Stream.of(frame(new JsonArray()).put("usage", DemoChat.usageJson(usage))));
        }
        return chunks.iterator();
    }

    private Iterator<JsonObject> parts(Choice choice) {
        var echoed = choice.echoed().isEmpty() ? Stream.<String>of() : Stream.of(choice.echoed());
        return Stream.concat(
                        Stream.concat(echoed, choice.text().stream()).map(piece -> choice(choice, piece, null)),
                        Stream.of(choice(choice, "", choice.finishReason())))
                .iterator();
    }

    private static JsonObject choice(Choice choice, String text, String finishReason) {
        return new JsonObject()
                .put("text", text)
                .put("index", choice.index())
                .putNull("logprobs")
                .put("finish_reason", finishReason);
    }

    private JsonObject frame(JsonArray choices) {
        return new JsonObject()
                .put("id", id)
                .put("object", "text_completion")
                .put("created", created)
                .put("model", question.model())
                .put("choices", choices)
                .put("system_fingerprint", Demo.FINGERPRINT);
    }
}
