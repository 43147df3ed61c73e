package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Structured output, checked with a validator that is not ours. */
class DemoSchemaTest {

    private static final JsonSchemaOptions OPTIONS = new JsonSchemaOptions()
            .setBaseUri("https://example.com/")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Basic);

    private DemoAsker demo;

    @BeforeEach
    void start() throws Exception {
        demo = new DemoAsker();
    }

    @AfterEach
    void stop() throws Exception {
        demo.close();
    }

    private static JsonObject asking(JsonObject format) {
        return new JsonObject()
                .put(
                        "messages",
                        new JsonArray().add(new JsonObject().put("role", "user").put("content", "Hello")))
                .put("response_format", format);
    }

    private static JsonObject schema(JsonObject schema) {
        var wrapped = new JsonObject().put("name", "answer").put("strict", true).put("schema", schema);
        return new JsonObject().put("type", "json_schema").put("json_schema", wrapped);
    }

    private String answered(JsonObject format) throws Exception {
        return demo.chat(asking(format))
                .getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message")
                .getString("content");
    }

    /** The value that was answered for a schema's only member {@code it}, which conforms. */
    private Object conforming(String it, String more) throws Exception {
        var schema = new JsonObject("""
            {"type":"object","properties":{"it":%s},"required":["it"],"additionalProperties":false%s}\
            """.formatted(it, more));
        var value = new JsonObject(answered(schema(schema.copy())));
        var result = Validator.create(JsonSchema.of(schema), OPTIONS).validate(value);
        assertThat(result.getValid())
                .as("%s for %s: %s", value, schema, result.toJson())
                .isTrue();
        return value.getValue("it");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"string\"}",
                "{\"type\":\"string\",\"minLength\":40}",
                "{\"type\":\"string\",\"maxLength\":3}",
                "{\"type\":\"string\",\"maxLength\":0}",
                "{\"type\":\"string\",\"format\":\"date\"}",
                "{\"type\":\"string\",\"format\":\"date-time\"}",
                "{\"type\":\"string\",\"format\":\"time\"}",
                "{\"type\":\"string\",\"format\":\"duration\"}",
                "{\"type\":\"string\",\"format\":\"email\"}",
                "{\"type\":\"string\",\"format\":\"uuid\"}",
                "{\"type\":\"string\",\"format\":\"ipv4\"}",
                "{\"type\":\"string\",\"format\":\"ipv6\"}",
                "{\"type\":\"string\",\"format\":\"hostname\"}",
                "{\"type\":\"string\",\"format\":\"uri\"}",
                "{\"type\":\"string\",\"pattern\":\"^[A-Z]{2}-\\\\d{3,5}$\"}",
                "{\"type\":\"string\",\"pattern\":\"^(?:red|green)(\\\\.[^x]+)?$\"}",
                "{\"type\":\"string\",\"pattern\":\"^@[a-zA-Z0-9_]+$\",\"minLength\":9}",
                "{\"type\":\"string\",\"pattern\":\"^one$|^two$\"}",
                "{\"type\":\"integer\"}",
                "{\"type\":\"integer\",\"minimum\":7,\"maximum\":7}",
                "{\"type\":\"integer\",\"exclusiveMinimum\":3,\"exclusiveMaximum\":5}",
                "{\"type\":\"integer\",\"maximum\":-3}",
                "{\"type\":\"integer\",\"minimum\":-9007199254740991,\"maximum\":9007199254740991}",
                "{\"type\":\"integer\",\"minimum\":10,\"multipleOf\":7}",
                "{\"type\":\"integer\",\"minimum\":1.5}",
                "{\"type\":\"number\",\"minimum\":0,\"maximum\":1}",
                "{\"type\":\"number\",\"exclusiveMinimum\":0,\"exclusiveMaximum\":0.001}",
                "{\"type\":\"number\",\"minimum\":1.5,\"maximum\":1.5}",
                "{\"type\":\"number\",\"maximum\":-0.5}",
                "{\"type\":\"number\",\"minimum\":-1e300,\"maximum\":1e300}",
                "{\"type\":\"number\",\"multipleOf\":0.5,\"minimum\":0.7}",
                "{\"type\":\"boolean\"}",
                "{\"type\":\"null\"}",
                "{\"type\":[\"null\",\"integer\"]}",
                "{\"enum\":[\"b\",\"a\"]}",
                "{\"const\":{\"a\":[1,null]}}",
                "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":3}",
                "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"maxItems\":0}",
                "{\"type\":\"array\",\"items\":{\"enum\":[1,2,3]},\"minItems\":3,\"uniqueItems\":true}",
                "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"maximum\":2},\"minItems\":4,\"uniqueItems\":true}",
                "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"integer\"}],\"items\":false}",
                "{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]}",
                "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"x\"}},\"required\":[\"k\"]}]}",
                "{\"allOf\":[{\"required\":[\"a\"]},{\"properties\":{\"a\":{\"type\":\"integer\"}},\"type\":\"object\"}]}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"default\":null,\"type\":\"string\"}},\"minProperties\":3}",
                "{\"type\":\"object\",\"required\":[\"x\"],\"additionalProperties\":{\"type\":\"integer\"}}",
                "{\"type\":\"object\",\"properties\":{\"a\":{},\"b\":{},\"c\":{}},\"required\":[\"c\"],\"maxProperties\":2}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"not\":{}}}}",
                "{}",
                "true"
            })
    void a_value_conforms_to_its_schema(String schema) throws Exception {
        conforming(schema, "");
    }

    @Test
    void a_recursive_schema_comes_to_an_end() throws Exception {
        conforming("{\"$ref\":\"#/$defs/node\"}", """
            ,"$defs":{"node":{"type":"object","additionalProperties":false,"required":["name","left","right","all"],
            "properties":{"name":{"type":"string"},
            "left":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]},
            "right":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]},
            "all":{"type":"array","items":{"$ref":"#/$defs/node"}}}}}\
            """);
        var refused = refusal("""
            {"type":"object","required":["me"],"properties":{"me":{"$ref":"#"}}}\
            """);
        assertThat(refused.getMessage()).contains("never ends");
    }

    @Test
    void a_reference_may_have_company() throws Exception {
        var it = conforming(
                "{\"$ref\":\"#/$defs/a~1%20b\",\"minimum\":5}",
                ",\"$defs\":{\"a/ b\":{\"type\":\"integer\",\"minimum\":2}}");
        assertThat(it).isEqualTo(5);
    }

    private Failure refusal(String schema) {
        var failure = new Failure[1];
        assertThatThrownBy(() -> answered(schema(new JsonObject(schema))))
                .cause()
                .isInstanceOfSatisfying(Failure.class, cause -> failure[0] = cause);
        assertThat(failure[0].status()).isEqualTo(400);
        assertThat(failure[0].param()).isEqualTo("response_format.json_schema.schema");
        return failure[0];
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"not\":{}}",
                "{\"type\":\"integer\",\"minimum\":3,\"maximum\":2}",
                "{\"type\":\"string\",\"minLength\":2000000000}",
                "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":2000000000}",
                "{\"type\":\"object\",\"minProperties\":2000000000}",
                "{\"type\":\"string\",\"pattern\":\"^(a+)+$(?=x)\"}",
                "{\"type\":\"string\",\"pattern\":\"((a{9999}){9999}){9999}\"}",
                "{\"type\":\"string\",\"pattern\":\"[z-a]\"}",
                "{\"type\":\"string\",\"pattern\":\"(((\"}",
                "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"},\"uniqueItems\":true,\"minItems\":3}",
                "{\"$ref\":\"#/$defs/none\"}",
                "{\"$ref\":\"#%\"}",
                "{\"$ref\":\"https://example.com/schema\"}",
                "{\"type\":\"tuple\"}",
                "{\"anyOf\":[]}",
                "{\"anyOf\":[3]}"
            })
    void an_impossible_schema_is_refused(String schema) {
        refusal(schema);
    }

    @Test
    void a_schema_that_is_none_is_no_internal_error() throws Exception {
        var nonsense = new JsonObject("""
            {"type":5,"required":7,"properties":[],"allOf":{},"enum":3,"items":1,"minLength":"x","$ref":null,"const2":{}}\
            """);
        assertThat(answered(schema(nonsense))).isNotEmpty();
        refusal(
                "{\"type\":[],\"allOf\":[{\"enum\":3},{\"enum\":4},{\"required\":5},{\"required\":[6]},{\"minimum\":{}}]}");
    }

    @Test
    @Timeout(20)
    void a_schema_made_to_explode_is_refused_soon() {
        var defs = new JsonObject();
        for (int i = 0; i < 60; i++) {
            var next = new JsonObject().put("$ref", "#/$defs/d" + (i + 1));
            defs.put(
                    "d" + i,
                    new JsonObject().put("anyOf", new JsonArray().add(next).add(next.copy())));
        }
        defs.put("d60", new JsonObject().put("not", new JsonObject()));
        long start = System.nanoTime();
        refusal(new JsonObject().put("$ref", "#/$defs/d0").put("$defs", defs).encode());
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void a_json_object_is_one() throws Exception {
        var answer = new JsonObject(answered(new JsonObject().put("type", "json_object")));
        assertThat(answer.getString("message"))
                .contains("no model is behind it")
                .endsWith("Hello");
    }
}
