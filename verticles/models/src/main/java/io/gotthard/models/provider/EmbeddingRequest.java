package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A request for embeddings, read for a protocol that has other words than OpenAI's; and the answer to it in OpenAI's. */
final class EmbeddingRequest {

    private final Question question;
    private final Node root;
    private final List<String> texts = new ArrayList<>();

    /** @throws Failure 400 if it has token ids, which only mean something to the tokenizer that made them */
    EmbeddingRequest(Question question) {
        this.question = question;
        this.root = new Node(question.body().fields());
        var input = root.get("input");
        if (input.text() != null) {
            texts.add(input.text());
        }
        for (var text : input.items()) {
            if (text.text() == null) {
                throw Failure.invalid("input", "The model's upstream takes texts and no token ids.");
            }
            texts.add(text.text());
        }
    }

    List<String> texts() {
        return texts;
    }

    /** How many numbers a vector is to have, or 0 if that is not said. */
    int dimensions() {
        return root.get("dimensions").number(0);
    }

    /**
     * The answer.
     *
     * @param vectors one array of numbers for each text
     * @param tokens what it consumed, or -1 if that is not known
     * @throws Failure 502 if there are more or fewer vectors, or one is none
     */
    Buffer answer(List<Node> vectors, long tokens) {
        if (vectors.size() != texts.size()) {
            throw UpstreamFailure.malformed();
        }
        boolean base64 = "base64".equals(root.get("encoding_format").text());
        var data = new JsonArray();
        for (var vector : vectors) {
            var numbers = numbers(vector);
            data.add(new JsonObject()
                    .put("object", "embedding")
                    .put("index", data.size())
                    .put("embedding", base64 ? base64(numbers) : new JsonArray(numbers)));
        }
        var answer = new JsonObject().put("object", "list").put("data", data).put("model", question.model());
        if (tokens >= 0) {
            answer.put("usage", new JsonObject().put("prompt_tokens", tokens).put("total_tokens", tokens));
        }
        return answer.toBuffer();
    }

    private static List<Number> numbers(Node vector) {
        var numbers = new ArrayList<Number>();
        for (var element : vector.items()) {
            if (!(element.json() instanceof Number number)) {
                throw UpstreamFailure.malformed();
            }
            numbers.add(number);
        }
        return numbers;
    }

    /** Little-endian floats, as OpenAI's libraries unpack them. */
    private static String base64(List<Number> numbers) {
        var bytes = ByteBuffer.allocate(numbers.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        numbers.forEach(number -> bytes.putFloat(number.floatValue()));
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
