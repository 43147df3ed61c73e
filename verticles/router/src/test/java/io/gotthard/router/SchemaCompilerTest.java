package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaCompilerTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {'type': 'array', 'uniqueItems': true}          | the keyword 'uniqueItems'
        {'properties': {'a': {'minProperties': 1}}}     | properties/a: the keyword 'minProperties'
        {'type': 'text'}                                | there is no type 'text'
        {'type': 5}                                     | 'type' must be a list
        {'required': 'a'}                               | 'required' must be a list
        {'minLength': -1}                               | 'minLength' must be an integer
        {'minimum': '1'}                                | 'minimum' must be a number
        {'maximum': 9007199254740992}                   | 'maximum' must be a number
        {'enum': [1, 2]}                                | may only hold
        {'enum': []}                                    | 'enum' must be a list
        {'pattern': '^(a+)+$'}                          | so that it is linear
        {'pattern': '[a-z]+'}                           | so that it is linear
        {'type': 'string', 'enum': [null]}              | no value can be valid
        {'$ref': 'other.yaml#/a'}                       | must point into the same document
        {'$ref': '#/nowhere'}                           | there is nothing at #/nowhere
        {'items': true}                                 | /items: expected an object
        """)
    void a_schema_that_cannot_be_checked_in_full_is_refused(String schema, String reason) {
        assertThatThrownBy(() -> compile("{'a': {'properties': {'it': " + schema + "}}}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("#/a/properties/it")
                .hasMessageContaining(reason);
    }

    @Test
    void a_schema_that_could_take_forever_is_refused() {
        refused("{'a': {'$ref': '#/a'}}", "without end");
        refused("{'a': {'allOf': [{'$ref': '#/b'}]}, 'b': {'$ref': '#/a'}}", "without end");
        String child = "{'properties': {'child': {'$ref': '#/a'}}}";
        refused("{'a': {'allOf': [" + child + ", " + child + "]}}", "recurses in more than one way");
        refused("{'a': {'properties': {'child': {'$ref': '#/a'}}, 'anyOf': [" + child + "]}}", "more than one way");
        refused("{'a': {'oneOf': [" + child + ", {'type': 'object'}]}}", "cannot be told apart");
        refused(
                "{'a': {'properties': {'x': {'$ref': '#/b'}, 'y': {'oneOf': [{'$ref': '#/b'}, {'required': ['z']}]}}},"
                        + " 'b': {'type': 'object', 'properties': {'up': {'$ref': '#/a'}}}}",
                "cannot be told apart");
        refused("{'a': {'not': " + child + "}}", "recurses under 'not'");
    }

    private static void refused(String document, String reason) {
        assertThatThrownBy(() -> compile(document)).hasMessageContaining(reason);
    }

    private static Schema compile(String document) {
        return Schema.compile(new JsonObject(document.replace('\'', '"')).getMap(), "#/a");
    }
}
