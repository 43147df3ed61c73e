package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InputSchemaTest {

    private static final JsonObject SCHEMA = new JsonObject("""
        {"type": "object", "required": ["to"], "additionalProperties": false, "properties": {
            "to": {"type": "integer", "maximum": 5},
            "names": {"type": "array", "items": {"$ref": "#/$defs/name"}}},
         "$defs": {"name": {"type": "string", "pattern": "^[a-z]+$"}}}
        """);

    @Test
    void a_value_that_fits_is_taken() {
        assertThatCode(() -> {
                    InputSchema.check(SCHEMA);
                    InputSchema.validate(SCHEMA, "input", new JsonObject("{\"to\": 3, \"names\": [\"ada\"]}"));
                })
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"to\": 6}",
                "{\"to\": \"3\"}",
                "{\"to\": 3, \"x\": 1}",
                "{\"to\": 3, \"names\": [\"A\"]}"
            })
    void a_value_that_does_not_is_refused(String value) {
        assertThatThrownBy(() -> InputSchema.validate(SCHEMA, "input", new JsonObject(value)))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("does not fit");
    }

    @Test
    void what_is_wrong_is_named() {
        assertThatThrownBy(() -> InputSchema.validate(SCHEMA, "input", new JsonObject("{\"to\": 6}")))
                .extracting(failure -> ((Failure) failure).param())
                .isEqualTo("input.to");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"$ref\": \"file:///etc/passwd\"}",
                "{\"$ref\": \"http://169.254.169.254/\"}",
                "{\"properties\": {\"a\": {\"$id\": \"http://x/\"}}}",
                "{\"properties\": {\"a\": {\"pattern\": \"(a+)+$\"}}}",
                "{\"patternProperties\": {\"(a|a)*b\": {}}}",
                "{\"type\": 5}"
            })
    void a_schema_that_leads_out_or_may_take_forever_is_refused(String schema) {
        assertThatThrownBy(() -> InputSchema.check(new JsonObject(schema)))
                .isInstanceOf(Failure.class)
                .extracting(failure -> ((Failure) failure).param())
                .isEqualTo("input_schema");
    }

    @Test
    void a_schema_that_is_nested_too_deep_is_refused() {
        var schema = new JsonObject();
        for (int i = 0; i < 30; i++) {
            schema = new JsonObject().put("not", schema);
        }
        var deep = schema;
        assertThatThrownBy(() -> InputSchema.check(deep)).isInstanceOf(Failure.class);
    }
}
