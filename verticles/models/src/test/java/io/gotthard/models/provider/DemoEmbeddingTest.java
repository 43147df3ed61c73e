package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gotthard.contracts.Failure;
import io.gotthard.models.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DemoEmbeddingTest {

    private DemoAsker demo;

    @BeforeEach
    void start() throws Exception {
        demo = new DemoAsker();
    }

    @AfterEach
    void stop() throws Exception {
        demo.close();
    }

    private static JsonObject input(Object input) {
        return new JsonObject().put("model", "demo-embedding").put("input", input);
    }

    private JsonArray data(JsonObject body) throws Exception {
        return demo.json(Kind.EMBEDDING, body).getJsonArray("data");
    }

    private float[] embedded(Object input) throws Exception {
        return floats(data(input(input)).getJsonObject(0).getJsonArray("embedding"));
    }

    private static float[] floats(JsonArray numbers) {
        var floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = numbers.getFloat(i);
        }
        return floats;
    }

    private static double dot(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (double) one[i] * other[i];
        }
        return sum;
    }

    @Test
    void an_answer_has_the_shape_of_openai() throws Exception {
        var answer =
                demo.whole(Kind.EMBEDDING, input(new JsonArray().add("one two").add("three")));

        var json = answer.body().toJsonObject();
        assertThat(json.getString("object")).isEqualTo("list");
        assertThat(json.getString("model")).isEqualTo("demo-embedding");
        assertThat(json.getJsonObject("usage"))
                .isEqualTo(new JsonObject().put("prompt_tokens", 3).put("total_tokens", 3));
        assertThat(answer.usage().promptTokens()).isEqualTo(3);
        var data = json.getJsonArray("data");
        assertThat(data).hasSize(2);
        assertThat(data.getJsonObject(1).getInteger("index")).isEqualTo(1);
        assertThat(data.getJsonObject(1).getString("object")).isEqualTo("embedding");
        assertThat(data.getJsonObject(1).getJsonArray("embedding")).hasSize(384);
    }

    @Test
    void vectors_have_length_one_and_similar_texts_are_near() throws Exception {
        var snow = embedded("There is snow on the Gotthard pass");
        var again = embedded("there is  SNOW on the gotthard pass today");
        var other = embedded("Quarterly revenue grew by seven percent");

        assertThat(dot(snow, snow)).isCloseTo(1, within(1e-5));
        assertThat(embedded("There is snow on the Gotthard pass")).isEqualTo(snow);
        assertThat(dot(snow, again)).isGreaterThan(0.8);
        assertThat(dot(snow, other)).isLessThan(0.3);
        for (var odd : List.of("a", " ", "😀", "\n\n", "%$")) {
            assertThat(dot(embedded(odd), embedded(odd))).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void base64_has_the_same_numbers_in_little_endian() throws Exception {
        var body = input("snow").put("dimensions", 7);
        var numbers = floats(data(body).getJsonObject(0).getJsonArray("embedding"));
        var text = data(body.put("encoding_format", "base64")).getJsonObject(0).getString("embedding");

        var decoded = new float[7];
        ByteBuffer.wrap(Base64.getDecoder().decode(text))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(decoded);
        assertThat(decoded).isEqualTo(numbers);
    }

    @Test
    void token_ids_are_embedded_as_well() throws Exception {
        var one = new JsonArray().add(1).add(2).add(3);
        var two = new JsonArray().add(4);
        assertThat(data(input(one))).hasSize(1);
        var answer = demo.json(Kind.EMBEDDING, input(new JsonArray().add(one).add(two)));
        assertThat(answer.getJsonArray("data")).hasSize(2);
        assertThat(answer.getJsonObject("usage").getInteger("prompt_tokens")).isEqualTo(4);
    }

    @Test
    void what_can_not_be_embedded_is_refused() {
        var many = new JsonArray();
        for (int i = 0; i < 2049; i++) {
            many.add("x");
        }
        for (var wrong : List.of(
                input(""),
                input(5),
                input(new JsonArray()),
                input(new JsonArray().add("a").add("")),
                input(new JsonArray().add(1).add("a")),
                input(new JsonArray().addNull()),
                input(many),
                input("x ".repeat(9000)),
                new JsonObject())) {
            refused(wrong, "input");
        }
        refused(input("a").put("encoding_format", "hex"), "encoding_format");
        refused(input("a").put("dimensions", 0), "dimensions");
        refused(input("a").put("dimensions", 1e12), "dimensions");
    }

    private void refused(JsonObject body, String param) {
        assertThatThrownBy(() -> demo.whole(Kind.EMBEDDING, body))
                .cause()
                .isInstanceOfSatisfying(Failure.class, failure -> {
                    assertThat(failure.status()).isEqualTo(400);
                    assertThat(failure.param()).isEqualTo(param);
                });
    }
}
