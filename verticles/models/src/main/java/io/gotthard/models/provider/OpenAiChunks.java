package io.gotthard.models.provider;

import io.gotthard.contracts.JsonBody;
import io.vertx.core.http.HttpClientResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

/** A streamed chat or completion: chunks of choices, each of which says why it ends. */
final class OpenAiChunks extends OpenAiStream {

    private static final byte[] ARGUMENTS = "\"arguments\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FINISH = "\"finish_reason\"".getBytes(StandardCharsets.US_ASCII);
    /** Where upstreams put what the model said. */
    private static final byte[][] TEXTS = Stream.concat(
                    Stream.of(ARGUMENTS),
                    Stream.of("content", "text", "reasoning_content", "reasoning", "refusal")
                            .map(name -> ('"' + name + '"').getBytes(StandardCharsets.US_ASCII)))
            .toArray(byte[][]::new);

    private final boolean wantsUsage;
    private final int choices;
    private int finished;

    OpenAiChunks(
            Question question,
            Outlet outlet,
            OpenAiExchange exchange,
            HttpClientResponse response,
            Translator translator,
            int limit) {
        super(question, outlet, exchange, response, translator, limit);
        this.wantsUsage = question.wantsUsage();
        this.choices = question.choices();
    }

    @Override
    void formula() {
        finished = choices;
    }

    @Override
    boolean complete() {
        return finished >= choices;
    }

    @Override
    void read(byte[] bytes, int from, int to) throws IOException {
        int finishing = look(bytes, from, to);
        chunk(JsonBody.scan(bytes, from, to));
        finished += finishing;
    }

    private void chunk(JsonBody chunk) throws IOException {
        if (chunk.has("error")) {
            throw UpstreamFailure.inBand(question, chunk);
        }
        var edit = chunk.edit().replace("model", model).remove("error");
        if (chunk.has("usage")) {
            report(chunk.object("usage"));
            if (!wantsUsage && chunk.isEmptyArray("choices")) {
                return;
            }
        }
        if (!wantsUsage) {
            edit.remove("usage");
        }
        write(edit);
    }

    /**
     * Looks through an event, notes the text in it, and says how many choices end in it. In the text of an answer the quotes would
     * be escaped, so that looking at the bytes suffices.
     */
    private int look(byte[] bytes, int from, int to) {
        int finishing = 0;
        for (int at = from; at < to; at++) {
            byte b = bytes[at];
            if (b == '"') {
                finishing += finishes(bytes, at, to) ? 1 : 0;
                note(bytes, at, to);
            } else if (b == '\n' || b == '\r') {
                bytes[at] = ' ';
            }
        }
        return finishing;
    }

    private static boolean finishes(byte[] bytes, int at, int to) {
        int value = text(bytes, at, to, FINISH);
        return value < to;
    }

    /** Notes the text, if the name that begins here has one. */
    private void note(byte[] bytes, int at, int to) {
        for (var name : TEXTS) {
            int from = text(bytes, at, to, name) + 1;
            if (from <= to) {
                int end = from;
                while (end < to && bytes[end] != '"') {
                    end += bytes[end] == '\\' ? 2 : 1;
                }
                // A tool may have no arguments, but its call is content all the same.
                content |= end > from || name == ARGUMENTS;
                if (end > from && end <= to) {
                    question.tally().deliver(bytes, from, end);
                }
                return;
            }
        }
    }

    /** Where the text of a member begins, if it has this name, begins here and is a text; else the end. */
    private static int text(byte[] bytes, int at, int to, byte[] name) {
        int value = at + name.length;
        if (value > to || bytes[at + 1] != name[1] || !Arrays.equals(bytes, at, value, name, 0, name.length)) {
            return to;
        }
        while (value < to && (bytes[value] <= ' ' || bytes[value] == ':')) {
            value++;
        }
        return value < to && bytes[value] == '"' ? value : to;
    }
}
