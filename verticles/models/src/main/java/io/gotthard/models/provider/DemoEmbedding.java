package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Embeddings without a model: each three neighbouring characters of a text, upper and lower case alike, push the vector in a
 * direction that is drawn from their hash. Texts that share words are near each other, texts that merely mean the same are
 * not. All vectors have length 1.
 */
final class DemoEmbedding {

    private static final int USUAL_DIMENSIONS = 384;
    private static final int MOST_DIMENSIONS = 2048;
    private static final int MOST_TOKENS_EACH = 8192;
    private static final int MOST_TOKENS = 300_000;
    private static final int MOST_NUMBERS = 2048 * USUAL_DIMENSIONS;
    private static final int GRAM = 3;

    private final Question question;
    private final List<DemoInput> inputs;
    private final int dimensions;
    private final boolean base64;
    private final Usage usage;

    /** @throws Failure 400 for malformed inputs, and for more of them than the demo takes */
    DemoEmbedding(Question question) {
        this.question = question;
        Map<String, Object> fields = question.body().fields();
        this.inputs = DemoInput.read(fields.get("input"), "input");
        this.dimensions = DemoText.number(fields, "dimensions", USUAL_DIMENSIONS, 1, MOST_DIMENSIONS);
        this.base64 = switch (fields.get("encoding_format")) {
            case null -> false;
            case String format when format.equals("float") -> false;
            case String format when format.equals("base64") -> true;
            default -> throw Failure.invalid("encoding_format", "'encoding_format' must be 'float' or 'base64'.");
        };
        this.usage = new Usage(question.model(), question.upstream(), tokens(), 0, 0, 0, true);
        if (inputs.size() * dimensions > MOST_NUMBERS) {
            throw Failure.invalid("input", "Inputs times dimensions must be at most " + MOST_NUMBERS + ".");
        }
    }

    private long tokens() {
        long all = 0;
        for (var input : inputs) {
            int tokens = input.count();
            if (tokens == 0 || tokens > MOST_TOKENS_EACH) {
                throw Failure.invalid("input", "Each input must have 1 to " + MOST_TOKENS_EACH + " tokens.");
            }
            all += tokens;
        }
        if (all > MOST_TOKENS) {
            throw Failure.invalid("input", "All inputs together must have at most " + MOST_TOKENS + " tokens.");
        }
        return all;
    }

    /** Tokens of the inputs. */
    Usage usage() {
        return usage;
    }

    /**
     * The answer; takes up to about a second of computing.
     *
     * @param cancelled stops the work, as nobody will read the answer
     */
    JsonObject answer(BooleanSupplier cancelled) {
        var data = new JsonArray();
        for (int i = 0; i < inputs.size(); i++) {
            if (cancelled.getAsBoolean()) {
                throw Failure.cancelled();
            }
            var vector = vector(inputs.get(i));
            data.add(new JsonObject()
                    .put("object", "embedding")
                    .put("index", i)
                    .put("embedding", base64 ? littleEndian(vector) : numbers(vector)));
        }
        return new JsonObject()
                .put("object", "list")
                .put("data", data)
                .put("model", question.model())
                .put(
                        "usage",
                        new JsonObject()
                                .put("prompt_tokens", usage.promptTokens())
                                .put("total_tokens", usage.promptTokens()));
    }

    private float[] vector(DemoInput input) {
        var sums = new float[dimensions];
        if (input.text() == null) {
            input.ids().forEach(id -> push(sums, mix(((Number) id).longValue())));
        } else {
            var text =
                    " " + String.join(" ", input.text().toLowerCase(Locale.ROOT).split("\\s+")) + " ";
            for (int from = 0; from + GRAM <= text.length(); from++) {
                long gram = 0;
                for (int i = from; i < from + GRAM; i++) {
                    gram = gram << Character.SIZE | text.charAt(i);
                }
                push(sums, mix(gram));
            }
        }
        return unit(sums);
    }

    private void push(float[] sums, long hash) {
        int at = (int) Long.remainderUnsigned(hash >>> 1, dimensions);
        sums[at] += (hash & 1) == 0 ? 1 : -1;
    }

    /** Spreads a number over all bits, the same on every machine: the finishing steps of SplitMix64. */
    private static long mix(long number) {
        long z = number + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private static float[] unit(float[] sums) {
        double squares = 0;
        for (float sum : sums) {
            squares += (double) sum * sum;
        }
        if (squares == 0) {
            sums[0] = 1; // everything cancelled out: any direction is as good as another
            squares = 1;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < sums.length; i++) {
            sums[i] = (float) (sums[i] / length);
        }
        return sums;
    }

    private static JsonArray numbers(float[] vector) {
        var numbers = new JsonArray();
        for (float number : vector) {
            numbers.add(number);
        }
        return numbers;
    }

    private static String littleEndian(float[] vector) {
        var bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
