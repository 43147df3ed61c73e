package io.gotthard.router;

import static io.gotthard.router.SchemaTest.message;
import static io.gotthard.router.SchemaTest.violation;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnionTest {
    private static final String TYPED_PARTS = """
        {'oneOf': [
          {'type': 'object', 'required': ['type', 'text'],
           'properties': {'type': {'const': 'text'}, 'text': {'type': 'string'}}},
          {'type': 'object', 'required': ['type', 'url'],
           'properties': {'type': {'enum': ['image', 'picture']}, 'url': {'type': 'string'}}},
          {'type': 'null'}]}\
        """;
    private static final String OPEN_PARTS = """
        {'oneOf': [
          {'type': 'object', 'required': ['type', 'text'],
           'properties': {'type': {'const': 'text'}, 'text': {'type': 'string'}}},
          {'type': 'object', 'required': ['type'],
           'properties': {'type': {'type': 'string', 'not': {'enum': ['text']}}}}]}\
        """;

    @Test
    void the_type_property_selects_the_alternative_that_is_reported() {
        assertThat(message(TYPED_PARTS, "{'type': 'text', 'text': ''}")).isNull();
        assertThat(message(TYPED_PARTS, "{'type': 'picture', 'url': ''}")).isNull();
        assertThat(message(TYPED_PARTS, "null")).isNull();
        assertThat(violation(TYPED_PARTS, "{'type': 'image', 'text': 'x'}"))
                .isEqualTo(new Violation("it.url", "Missing required parameter: 'it.url'."));
        assertThat(violation(TYPED_PARTS, "{'type': 'txt', 'text': 'x'}"))
                .isEqualTo(new Violation(
                        "it.type", "Invalid value: 'txt'. Supported values are: 'text', 'image' and 'picture'."));
        assertThat(violation(TYPED_PARTS, "{'text': 'x'}"))
                .isEqualTo(new Violation("it.type", "Missing required parameter: 'it.type'."));
        assertThat(message(TYPED_PARTS, "{'type': null}"))
                .isEqualTo("Invalid type for 'it.type': expected a string, but got null instead.");
        assertThat(message(TYPED_PARTS, "'text'"))
                .isEqualTo("Invalid type for 'it': expected one of an object or null, but got a string instead.");
    }

    @Test
    void an_open_alternative_takes_every_other_type_and_only_those() {
        assertThat(message(OPEN_PARTS, "{'type': 'video', 'text': 5}")).isNull();
        assertThat(violation(OPEN_PARTS, "{'type': 'text', 'text': 5}").param()).isEqualTo("it.text");
        assertThat(violation(OPEN_PARTS, "{'type': 5}").param()).isEqualTo("it.type");
    }

    @ParameterizedTest
    @ValueSource(strings = {"oneOf", "anyOf"})
    void the_alternative_that_came_furthest_is_reported(String union) {
        String schema = "{'" + union
                + "': [{'type': 'string'}, {'type': 'array', 'minItems': 1, 'items': {'type': 'string', 'minLength':"
                + " 1}}, {'type': 'array', 'minItems': 1, 'items': {'type': 'integer', 'minimum': 0}}, {'type':"
                + " 'array', 'minItems': 1, 'items': {'type': 'array', 'items': {'type': 'integer'}}}]}";
        assertThat(message(schema, "'x'")).isNull();
        assertThat(message(schema, "['x', 'y']")).isNull();
        assertThat(message(schema, "[1, 2]")).isNull();
        assertThat(message(schema, "[[1], [2]]")).isNull();
        assertThat(message(schema, "[1, 2, 'x']"))
                .isEqualTo("Invalid type for 'it[2]': expected an integer, but got a string instead.");
        assertThat(message(schema, "[[1], [2, 'x']]"))
                .isEqualTo("Invalid type for 'it[1][1]': expected an integer, but got a string instead.");
        assertThat(message(schema, "[true]"))
                .isEqualTo(
                        "Invalid type for 'it[0]': expected one of a string, an integer or an array, but got a boolean"
                                + " instead.");
        assertThat(message(schema, "['']")).startsWith("Invalid 'it[0]': empty string.");
        assertThat(message(schema, "[-1]")).startsWith("Invalid 'it[0]': integer below minimum value.");
        assertThat(message(schema, "[]")).startsWith("Invalid 'it': empty array.");
        assertThat(message(schema, "7"))
                .isEqualTo("Invalid type for 'it': expected one of a string or an array, but got an integer instead.");
    }

    @Test
    void oneOf_refuses_what_fits_twice_and_anyOf_does_not() {
        String branches = "[{'type': 'number', 'minimum': 0}, {'type': 'integer'}]}";
        assertThat(message("{'anyOf': " + branches, "1")).isNull();
        assertThat(message("{'oneOf': " + branches, "1")).contains("more than one");
        assertThat(message("{'oneOf': " + branches, "-1")).isNull();
        assertThat(message("{'oneOf': " + branches, "1.5")).isNull();
    }
}
