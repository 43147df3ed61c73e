package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTest {
    private static final String TYPED_PARTS =
            """
            {'oneOf': [
              {'type': 'object', 'required': ['type', 'text'],
               'properties': {'type': {'const': 'text'}, 'text': {'type': 'string'}}},
              {'type': 'object', 'required': ['type', 'url'],
               'properties': {'type': {'enum': ['image', 'picture']}, 'url': {'type': 'string'}}},
              {'type': 'null'}]}""";
    private static final String OPEN_PARTS =
            """
            {'oneOf': [
              {'type': 'object', 'required': ['type', 'text'],
               'properties': {'type': {'const': 'text'}, 'text': {'type': 'string'}}},
              {'type': 'object', 'required': ['type'],
               'properties': {'type': {'type': 'string', 'not': {'enum': ['text']}}}}]}""";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            string          | 'x'        | 1
            string          | ''         | null
            number          | 1          | '1'
            number          | 1.5        | true
            number          | 12345678901234567890123 | []
            integer         | 1          | 1.5
            integer         | 1.0        | '1'
            integer         | 12345678901234567890123 | 1e-3
            boolean         | false      | 0
            array           | []         | {}
            object          | {}         | []
            null            | null       | false
            """, quoteCharacter = '`')
    void a_type_is_kept(String type, String valid, String invalid) {
        Schema schema = compile("{'type': '" + type + "'}");
        assertThat(schema.check(json(valid))).isNull();
        assertThat(schema.check(json(invalid))).isNotNull();
    }

    @Test
    void a_wrong_type_is_named_with_what_was_expected() {
        assertThat(message("{'type': 'number'}", "'hot'"))
                .isEqualTo("Invalid type for 'it': expected a number, but got a string instead.");
        assertThat(message("{'type': ['string', 'array', 'null']}", "5"))
                .isEqualTo("Invalid type for 'it': expected one of a string, an array or null, but got an integer instead.");
        assertThat(message("{'type': ['number', 'null']}", "{}"))
                .isEqualTo("Invalid type for 'it': expected one of a number or null, but got an object instead.");
        assertThat(message("{'type': 'integer'}", "1.5"))
                .isEqualTo("Invalid type for 'it': expected an integer, but got a decimal instead.");
        assertThat(message("{'type': 'array'}", "null"))
                .isEqualTo("Invalid type for 'it': expected an array, but got null instead.");
    }

    @Test
    void a_number_too_large_to_hold_is_no_number() {
        assertThat(message("{'type': 'number'}", "1e999"))
                .isEqualTo("Invalid type for 'it': expected a number, but got a number that is too large instead.");
    }

    @Test
    void a_body_that_is_no_object_has_no_param() {
        Violation violation = compile("{'type': 'object'}").check(json("[1]"));
        assertThat(violation)
                .isEqualTo(new Violation(
                        null, "Invalid type for the request body: expected an object, but got an array instead."));
    }

    @Test
    void a_missing_property_is_named_with_its_path() {
        String schema = "{'type': 'array', 'items': {'type': 'object', 'required': ['role']}}";
        assertThat(violation(schema, "[{'role': 1}, {}]"))
                .isEqualTo(new Violation("it[1].role", "Missing required parameter: 'it[1].role'."));
        assertThat(violation(schema, "[{'role': null}]")).isNull();
    }

    @Test
    void unknown_properties_pass_unless_the_object_is_closed() {
        assertThat(message("{'properties': {'a': {}}}", "{'a': 1, 'b': {'c': 2}}")).isNull();
        String closed = "{'properties': {'a': {}}, 'additionalProperties': false}";
        assertThat(message(closed, "{'a': [1, null]}")).isNull();
        assertThat(violation(closed, "{'a': 1, 'b': 2}"))
                .isEqualTo(new Violation("it.b", "Unknown parameter: 'it.b'."));
        String numbers = "{'properties': {'a': {}}, 'additionalProperties': {'type': 'number'}}";
        assertThat(message(numbers, "{'a': 'x', 'b': 2}")).isNull();
        assertThat(violation(numbers, "{'50256': 'x'}").param()).isEqualTo("it.50256");
    }

    @Test
    void arrays_keep_their_length() {
        assertThat(message("{'type': 'array', 'minItems': 1}", "[]"))
                .isEqualTo("Invalid 'it': empty array. Expected an array with minimum length 1, but got an empty array"
                        + " instead.");
        assertThat(message("{'maxItems': 2}", "[1, 2, 3]"))
                .isEqualTo("Invalid 'it': array too long. Expected an array with maximum length 2, but got an array with"
                        + " length 3 instead.");
        assertThat(message("{'maxItems': 2}", "[1, 2]")).isNull();
        assertThat(message("{'minItems': 1, 'maxItems': 2}", "'no array'")).isNull();
    }

    @Test
    void texts_keep_their_length_in_code_points() {
        assertThat(message("{'minLength': 1}", "''"))
                .isEqualTo("Invalid 'it': empty string. Expected a string with minimum length 1, but got an empty string"
                        + " instead.");
        assertThat(message("{'maxLength': 3}", "'abcd'"))
                .isEqualTo("Invalid 'it': string too long. Expected a string with maximum length 3, but got a string with"
                        + " length 4 instead.");
        assertThat(message("{'maxLength': 3}", "'😀😀😀'")).isNull();
        assertThat(message("{'maxLength': 3}", "'😀😀😀😀'")).contains("length 4");
        assertThat(message("{'minLength': 3}", "'😀😀'")).contains("string too short").contains("length 2");
        assertThat(message("{'minLength': 3}", "'😀😀😀'")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"'get weather'", "'a/b'", "'äh'", "'ok\\n'", "''", "'\\u0000'"})
    void a_pattern_must_match_the_whole_text(String invalid) {
        String schema = "{'pattern': '^[a-z_]{1,8}$'}";
        assertThat(message(schema, "'get_it'")).isNull();
        assertThat(message(schema, invalid))
                .isEqualTo("Invalid 'it': string does not match pattern. Expected a string that matches the pattern"
                        + " '^[a-z_]{1,8}$'.");
    }

    @Test
    void numbers_keep_their_limits() {
        String schema = "{'minimum': 0, 'maximum': 2}";
        assertThat(message(schema, "0")).isNull();
        assertThat(message(schema, "2.0")).isNull();
        assertThat(message(schema, "-0.1"))
                .isEqualTo("Invalid 'it': decimal below minimum value. Expected a value >= 0, but got -0.1 instead.");
        assertThat(message(schema, "3"))
                .isEqualTo("Invalid 'it': integer above maximum value. Expected a value <= 2, but got 3 instead.");
        assertThat(message("{'exclusiveMinimum': 0.5, 'exclusiveMaximum': 2}", "0.5"))
                .isEqualTo("Invalid 'it': decimal below minimum value. Expected a value > 0.5, but got 0.5 instead.");
        assertThat(message("{'exclusiveMinimum': 0.5, 'exclusiveMaximum': 2}", "2"))
                .isEqualTo("Invalid 'it': integer above maximum value. Expected a value < 2, but got 2 instead.");
        assertThat(message("{'minimum': 1, 'exclusiveMinimum': 0}", "1")).isNull();
        assertThat(message("{'maximum': 9007199254740991}", "9007199254740992")).isNotNull();
        assertThat(message("{'minimum': 1}", "-" + "9".repeat(900))).hasSizeLessThan(200);
    }

    @Test
    void an_enum_lists_what_is_supported() {
        assertThat(message("{'enum': ['user', 'tool', null]}", "'robot'"))
                .isEqualTo("Invalid value: 'robot'. Supported values are: 'user', 'tool' and null.");
        assertThat(message("{'enum': ['user', 'tool', null]}", "null")).isNull();
        assertThat(message("{'enum': ['user', 'tool']}", "7"))
                .isEqualTo("Invalid type for 'it': expected a string, but got an integer instead.");
        assertThat(message("{'const': 'list'}", "'heap'"))
                .isEqualTo("Invalid value: 'heap'. The supported value is: 'list'.");
        assertThat(message("{'const': true}", "false"))
                .isEqualTo("Invalid value: a boolean. The supported value is: true.");
    }

    @Test
    void not_refuses_what_matches() {
        String schema = "{'type': 'string', 'not': {'enum': ['a']}}";
        assertThat(message(schema, "'b'")).isNull();
        assertThat(message(schema, "'a'")).isEqualTo("Invalid 'it': this value is not allowed here.");
    }

    @Test
    void all_of_allOf_must_hold() {
        String schema = "{'allOf': [{'type': 'string'}, {'minLength': 2}], 'maxLength': 3}";
        assertThat(message(schema, "'ab'")).isNull();
        assertThat(message(schema, "'a'")).contains("string too short");
        assertThat(message(schema, "'abcd'")).contains("string too long");
        assertThat(message(schema, "4")).contains("expected a string");
    }

    @Test
    void the_type_property_selects_the_alternative_that_is_reported() {
        assertThat(message(TYPED_PARTS, "{'type': 'text', 'text': ''}")).isNull();
        assertThat(message(TYPED_PARTS, "{'type': 'picture', 'url': ''}")).isNull();
        assertThat(message(TYPED_PARTS, "null")).isNull();
        assertThat(violation(TYPED_PARTS, "{'type': 'image', 'text': 'x'}"))
                .isEqualTo(new Violation("it.url", "Missing required parameter: 'it.url'."));
        assertThat(violation(TYPED_PARTS, "{'type': 'txt', 'text': 'x'}"))
                .isEqualTo(new Violation(
                        "it.type",
                        "Invalid value: 'txt'. Supported values are: 'text', 'image' and 'picture'."));
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
                + "': [{'type': 'string'}, {'type': 'array', 'minItems': 1, 'items': {'type': 'string', 'minLength': 1}},"
                + " {'type': 'array', 'minItems': 1, 'items': {'type': 'integer', 'minimum': 0}},"
                + " {'type': 'array', 'minItems': 1, 'items': {'type': 'array', 'items': {'type': 'integer'}}}]}";
        assertThat(message(schema, "'x'")).isNull();
        assertThat(message(schema, "['x', 'y']")).isNull();
        assertThat(message(schema, "[1, 2]")).isNull();
        assertThat(message(schema, "[[1], [2]]")).isNull();
        assertThat(message(schema, "[1, 2, 'x']"))
                .isEqualTo("Invalid type for 'it[2]': expected an integer, but got a string instead.");
        assertThat(message(schema, "[[1], [2, 'x']]"))
                .isEqualTo("Invalid type for 'it[1][1]': expected an integer, but got a string instead.");
        assertThat(message(schema, "[true]"))
                .isEqualTo("Invalid type for 'it[0]': expected one of a string, an integer or an array, but got a boolean"
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

    @Test
    void a_reference_may_recurse_and_a_deep_value_does_not_overflow_the_stack() throws InterruptedException {
        Schema schema = Schema.compile(
                map("{'defs': {'tree': {'type': 'object', 'required': ['n'], 'properties': {"
                        + "'n': {'type': 'integer'}, 'child': {'oneOf': [{'$ref': '#/defs/tree'}, {'type': 'null'}]},"
                        + "'children': {'type': 'array', 'items': {'$ref': '#/defs/tree'}}}}}}"),
                "#/defs/tree");
        assertThat(schema.check(json("{'n': 1, 'child': {'n': 2, 'children': [{'n': 3, 'child': null}]}}")))
                .isNull();
        assertThat(schema.check(json("{'n': 1, 'child': {'n': 2, 'children': [{'n': 3}, {'n': 'x'}]}}")).param())
                .isEqualTo("child.children[1].n");
        Object deep = map("{'n': 'deepest'}");
        for (int i = 0; i < 1000; i++) {
            deep = Map.of("n", i, "child", deep);
        }
        Object value = deep;
        Violation[] found = new Violation[1];
        Thread thread = new Thread(null, () -> found[0] = schema.check(value), "small stack", 256 * 1024);
        thread.start();
        thread.join();
        assertThat(found[0].message()).endsWith("nested more than 100 levels deep.").hasSizeLessThan(400);
    }

    @Test
    void a_message_repeats_little_of_what_the_client_sent() {
        String secret = "s".repeat(5000);
        assertThat(message("{'enum': ['a']}", "'" + secret + "'")).contains("sss").hasSizeLessThan(140);
        Violation named = violation("{'additionalProperties': {'type': 'string'}}", "{'" + secret + "': 1}");
        assertThat(named.message()).hasSizeLessThan(160);
        assertThat(named.param()).hasSizeLessThan(80);
        String emoji = "'" + "x".repeat(59) + "😀'";
        assertThat(message("{'enum': ['a']}", emoji)).contains("x…'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'type': 'array', 'uniqueItems': true}          | the keyword 'uniqueItems'
            {'properties': {'a': {'minProperties': 1}}}     | #/schema/properties/it/properties/a: the keyword 'minProperties'
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
            {'items': true}                                 | #/schema/properties/it/items: expected an object
            """)
    void a_schema_that_cannot_be_checked_in_full_is_refused(String schema, String reason) {
        assertThatThrownBy(() -> property(schema))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("#/")
                .hasMessageContaining(reason);
    }

    @Test
    void annotations_are_known_and_ignored() {
        assertThat(message(
                        "{'type': 'number', 'title': 't', 'description': 'd', 'default': 'x', 'example': 1,"
                                + " 'examples': [1], 'deprecated': true, 'format': 'double', 'x-own': {}}",
                        "1"))
                .isNull();
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
        assertThatThrownBy(() -> Schema.compile(map(document), "#/a")).hasMessageContaining(reason);
    }

    private static Schema compile(String schema) {
        return Schema.compile(map("{'schema': " + schema + "}"), "#/schema");
    }

    /** A schema whose property {@code it} has the given one, so that there is a path to report. */
    private static Schema property(String schema) {
        return compile("{'type': 'object', 'properties': {'it': " + schema + "}}");
    }

    private static Violation violation(String schema, String value) {
        return property(schema).check(json("{'it': " + value + "}"));
    }

    private static String message(String schema, String value) {
        Violation violation = violation(schema, value);
        return violation == null ? null : violation.message();
    }

    private static Map<String, Object> map(String json) {
        return new JsonObject(json.replace('\'', '"')).getMap();
    }

    private static Object json(String json) {
        return new JsonArray("[" + json.replace('\'', '"') + "]").getList().getFirst();
    }
}
