package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Usage;
import io.gotthard.contracts.Usage.Media;
import io.gotthard.contracts.Usage.Source;
import io.gotthard.models.Kind;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;

/**
 * One whole answer of an upstream, once it is in OpenAI's words. It is read far enough to know that it is one, to set the model's name
 * and to note what it consumed; the rest of it is copied.
 */
final class OpenAiAnswer {

    /** What a transcript may be besides JSON. None of them can be a page with a script in it. */
    private static final Set<String> TEXTS = Set.of("text/plain", "text/vtt", "text/srt", "application/x-subrip");

    private OpenAiAnswer() {}

    /**
     * The answer with its usage.
     *
     * @param contentType what the upstream says that the body is, or null
     * @throws io.gotthard.contracts.Failure if it is an error, or can't be read
     */
    static Answer of(Question question, String contentType, Buffer body) {
        boolean transcript = question.kind() == Kind.TRANSCRIPTION || question.kind() == Kind.TRANSLATION;
        var media = media(contentType);
        if (transcript && TEXTS.contains(media)) {
            // Without a character set some clients take it for another one.
            return new Answer(200, media + "; charset=utf-8", body, false, unreported(question));
        }
        try {
            var bytes = body.getBytes();
            var json = JsonBody.scan(bytes, 0, bytes.length);
            if (json.has("error")) {
                throw UpstreamFailure.inBand(question, json);
            }
            var edit = json.edit().replace("model", Json.encode(question.model()));
            if (question.kind() != Kind.RESPONSE) {
                // There, null is what clients expect.
                edit.remove("error");
            }
            return Answer.json(edit.toBuffer(), usage(question, json));
        } catch (IOException e) {
            throw UpstreamFailure.malformed();
        }
    }

    /** A media type without its parameters. */
    static String media(String contentType) {
        int end = contentType == null ? 0 : contentType.indexOf(';');
        return contentType == null
                ? ""
                : contentType
                        .substring(0, end < 0 ? contentType.length() : end)
                        .strip()
                        .toLowerCase(Locale.ROOT);
    }

    private static Usage unreported(Question question) {
        return Usage.unreported(question.model(), question.upstream());
    }

    private static Usage usage(Question question, JsonBody json) throws IOException {
        var said = json.object("usage");
        var usage = said.isEmpty() ? unreported(question) : Usage.of(question.model(), question.upstream(), said);
        return switch (question.kind()) {
            case IMAGE, IMAGE_EDIT -> withImages(question, json, usage);
            case TRANSCRIPTION, TRANSLATION -> withSound(json, usage);
            default -> usage;
        };
    }

    /** Images are there to be counted, whatever else is reported. */
    private static Usage withImages(Question question, JsonBody json, Usage usage) {
        int images = objects(json.text("data"));
        var made = new Media(images, size(question, json, "size"), size(question, json, "quality"), 0, 0);
        return images == 0 ? usage : usage.with(made, usage.reported() ? Source.REPORTED : Source.COUNTED);
    }

    private static String size(Question question, JsonBody json, String name) {
        var said = json.text(name);
        var asked = question.body().fields().get(name);
        return said != null && said.startsWith("\"")
                ? said.substring(1, said.length() - 1)
                : asked instanceof String text ? text : null;
    }

    /** How many objects are in a list, given as JSON; an image can be too large to be parsed for that. */
    private static int objects(String list) {
        int count = 0;
        int depth = 0;
        boolean quoted = false;
        for (int at = 0; list != null && at < list.length(); at++) {
            char c = list.charAt(at);
            if (quoted) {
                at += c == '\\' ? 1 : 0;
                quoted = c != '"';
            } else if (c == '"') {
                quoted = true;
            } else if (c == '{' || c == '[') {
                count += c == '{' && depth == 1 ? 1 : 0;
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
            }
        }
        return count;
    }

    /** How long the sound was, if the answer says so elsewhere than where it should. */
    private static Usage withSound(JsonBody json, Usage usage) {
        var duration = json.text("duration");
        if (usage.media() != null || duration == null) {
            return usage;
        }
        try {
            return usage.with(Media.ofSeconds(Double.parseDouble(duration.replace("\"", ""))), Source.REPORTED);
        } catch (NumberFormatException e) {
            return usage;
        }
    }
}
