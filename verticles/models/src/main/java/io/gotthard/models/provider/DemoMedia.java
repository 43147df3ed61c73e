package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.gotthard.contracts.Usage.Media;
import io.gotthard.contracts.Usage.Source;
import io.gotthard.models.Kind;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * What the demo makes and understands besides texts: small images and sounds, the same for the same words. It does not look into a file, and
 * its judgement knows one word.
 */
final class DemoMedia {

    /** What sounds are. */
    static final String WAV = "audio/wav";

    private static final int MOST_IMAGES = 10;
    private static final int SIDE = 64;
    private static final String SIZE = SIDE + "x" + SIDE;
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private static final int RATE = 8_000;
    private static final int BEEP = RATE / 8;
    private static final int MOST_BEEPS = 40;

    private static final String JUDGED = "violence";
    private static final List<String> CATEGORIES = List.of(
            "harassment",
            "harassment/threatening",
            "hate",
            "hate/threatening",
            "illicit",
            "illicit/violent",
            "self-harm",
            "self-harm/instructions",
            "self-harm/intent",
            "sexual",
            "sexual/minors",
            JUDGED,
            "violence/graphic");

    private final Question question;
    private final Map<String, Object> fields;

    DemoMedia(Question question) {
        this.question = question;
        this.fields = question.body().fields();
    }

    private Usage unreported() {
        return Usage.unreported(question.model(), question.upstream());
    }

    /** Images of a prompt, each in the colours of its words. */
    Answer images() {
        int n = images(fields.get("n"));
        boolean url = "url".equals(fields.get("response_format"));
        var data = new JsonArray();
        for (int i = 0; i < n; i++) {
            var image = Base64.getEncoder().encodeToString(png((fields.get("prompt") + "/" + i).hashCode()));
            data.add(
                    url
                            ? new JsonObject().put("url", "data:image/png;base64," + image)
                            : new JsonObject().put("b64_json", image));
        }
        var answer = new JsonObject()
                .put("created", System.currentTimeMillis() / 1000)
                .put("data", data);
        return Answer.json(answer.toBuffer(), unreported().with(new Media(n, SIZE, null, 0, 0), Source.COUNTED));
    }

    /** In a form, a number is a text. */
    private static int images(Object n) {
        var said = n == null ? "1" : n.toString();
        if (!said.matches("[0-9]{1,2}") || Integer.parseInt(said) < 1 || Integer.parseInt(said) > MOST_IMAGES) {
            throw Failure.invalid("n", "'n' must be a whole number from 1 to " + MOST_IMAGES + ".");
        }
        return Integer.parseInt(said);
    }

    private static byte[] png(int seed) {
        var pixels = ByteBuffer.allocate(SIDE * (1 + SIDE * 3));
        for (int y = 0; y < SIDE; y++) {
            pixels.put((byte) 0);
            for (int x = 0; x < SIDE; x++) {
                pixels.put((byte) (seed + 3 * x))
                        .put((byte) ((seed >> 8) + 3 * y))
                        .put((byte) ((seed >> 16) + x + y));
            }
        }
        var deflater = new Deflater();
        deflater.setInput(pixels.array());
        deflater.finish();
        var deflated = new byte[2 * pixels.capacity()];
        int length = deflater.deflate(deflated);
        deflater.end();
        var png = new ByteArrayOutputStream();
        png.writeBytes(PNG);
        // Eight bits for each of red, green and blue.
        var header =
                ByteBuffer.allocate(13).putInt(SIDE).putInt(SIDE).put((byte) 8).put((byte) 2);
        chunk(png, "IHDR", header.array(), 13);
        chunk(png, "IDAT", deflated, length);
        chunk(png, "IEND", deflated, 0);
        return png.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream png, String name, byte[] data, int length) {
        var chunk = ByteBuffer.allocate(12 + length)
                .putInt(length)
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .put(data, 0, length);
        var crc = new CRC32();
        crc.update(chunk.array(), 4, 4 + length);
        png.writeBytes(chunk.putInt((int) crc.getValue()).array());
    }

    /**
     * A beep for each word, as long as there are not too many.
     *
     * @throws Failure 400 for what it can't make
     */
    Buffer speech() {
        var format = format("wav");
        if (!format.equals("wav")) {
            throw Failure.invalid("response_format", "The demo speaks 'wav' only.");
        }
        var words = DemoText.string(fields.get("input")).strip().split("\\s+");
        int beeps = Math.min(words.length, MOST_BEEPS);
        int length = beeps * BEEP;
        var wav = ByteBuffer.allocate(44 + length).order(ByteOrder.LITTLE_ENDIAN);
        wav.put(ascii("RIFF")).putInt(36 + length).put(ascii("WAVEfmt ")).putInt(16);
        // PCM, one channel, a byte each.
        wav.putShort((short) 1)
                .putShort((short) 1)
                .putInt(RATE)
                .putInt(RATE)
                .putShort((short) 1)
                .putShort((short) 8);
        wav.put(ascii("data")).putInt(length);
        for (int i = 0; i < beeps; i++) {
            double pitch = 300 + Math.floorMod(words[i].hashCode(), 500);
            for (int at = 0; at < BEEP; at++) {
                double fading = 1 - (double) at / BEEP;
                wav.put((byte) (128 + 60 * fading * Math.sin(2 * Math.PI * pitch * at / RATE)));
            }
        }
        return Buffer.buffer(wav.array());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private String format(String usual) {
        var format = fields.get("response_format");
        return format == null ? usual : DemoText.string(format);
    }

    private String transcript() {
        return DemoText.INTRODUCTION + " The file is called " + DemoText.shortened(DemoText.string(fields.get("file")))
                + ", and nobody listened to it.";
    }

    /**
     * What it says instead of what was said.
     *
     * @throws Failure 400 for a format that it does not know
     */
    Answer transcription() {
        return switch (format("json")) {
            case "json" ->
                Answer.json(new JsonObject().put("text", transcript()).toBuffer(), transcribed());
            case "text" ->
                new Answer(200, "text/plain; charset=utf-8", Buffer.buffer(transcript() + "\n"), false, transcribed());
            default -> throw Failure.invalid("response_format", "The demo writes 'json' and 'text' only.");
        };
    }

    /** The same in events. */
    Iterator<JsonObject> transcriptionEvents() {
        var deltas = DemoText.pieces(transcript()).stream()
                .map(piece ->
                        new JsonObject().put("type", "transcript.text.delta").put("delta", piece));
        var done = new JsonObject().put("type", "transcript.text.done").put("text", transcript());
        return Stream.concat(deltas, Stream.of(done)).iterator();
    }

    /** The words that it writes; nobody knows how long the sound was. */
    Usage transcribed() {
        long words = question.kind() == Kind.TRANSLATION ? 0 : DemoText.count(transcript());
        return new Usage(question.model(), question.upstream(), 0, words, 0, 0, true);
    }

    /** Flags what has the word {@code violence} in it. */
    Answer moderation() {
        var texts = new ArrayList<String>();
        var input = fields.get("input");
        if (input instanceof List<?> several && several.stream().allMatch(String.class::isInstance)) {
            several.forEach(one -> texts.add((String) one));
        } else {
            // Parts of one thing, such as a text and an image.
            texts.add(input instanceof String text ? text : String.valueOf(input));
        }
        var results = new JsonArray();
        texts.forEach(text -> results.add(judged(text.toLowerCase(Locale.ROOT).contains(JUDGED))));
        var answer = new JsonObject()
                .put("id", "modr-" + question.call().id())
                .put("model", question.model())
                .put("results", results);
        return Answer.json(answer.toBuffer(), unreported());
    }

    private static JsonObject judged(boolean flagged) {
        var categories = new JsonObject();
        var scores = new JsonObject();
        var applied = new JsonObject();
        for (var category : CATEGORIES) {
            boolean is = flagged && category.equals(JUDGED);
            categories.put(category, is);
            scores.put(category, is ? 1.0 : 0.0);
            applied.put(category, new JsonArray().add("text"));
        }
        return new JsonObject()
                .put("flagged", flagged)
                .put("categories", categories)
                .put("category_scores", scores)
                .put("category_applied_input_types", applied);
    }
}
