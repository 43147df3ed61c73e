package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTest {
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
                .isEqualTo("Invalid type for 'it': expected one of a string, an array or null, but got an integer"
                        + " instead.");
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
        assertThat(message("{'properties': {'a': {}}}", "{'a': 1, 'b': {'c': 2}}"))
                .isNull();
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
                .isEqualTo(
                        "Invalid 'it': array too long. Expected an array with maximum length 2, but got an array with"
                                + " length 3 instead.");
        assertThat(message("{'maxItems': 2}", "[1, 2]")).isNull();
        assertThat(message("{'minItems': 1, 'maxItems': 2}", "'no array'")).isNull();
    }

    @Test
    void texts_keep_their_length_in_code_points() {
        assertThat(message("{'minLength': 1}", "''"))
                .isEqualTo(
                        "Invalid 'it': empty string. Expected a string with minimum length 1, but got an empty string"
                                + " instead.");
        assertThat(message("{'maxLength': 3}", "'abcd'"))
                .isEqualTo(
                        "Invalid 'it': string too long. Expected a string with maximum length 3, but got a string with"
                                + " length 4 instead.");
        assertThat(message("{'maxLength': 3}", "'😀😀😀'")).isNull();
        assertThat(message("{'maxLength': 3}", "'😀😀😀😀'")).contains("length 4");
        assertThat(message("{'minLength': 3}", "'😀😀'"))
                .contains("string too short")
                .contains("length 2");
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
    void a_reference_may_recurse_and_a_deep_value_does_not_overflow_the_stack() throws InterruptedException {
        Schema schema = Schema.compile(
                map("{'defs': {'tree': {'type': 'object', 'required': ['n'], 'properties': {"
                        + "'n': {'type': 'integer'}, 'child': {'oneOf': [{'$ref': '#/defs/tree'}, {'type': 'null'}]},"
                        + "'children': {'type': 'array', 'items': {'$ref': '#/defs/tree'}}}}}}"),
                "#/defs/tree");
        assertThat(schema.check(json("{'n': 1, 'child': {'n': 2, 'children': [{'n': 3, 'child': null}]}}")))
                .isNull();
        assertThat(schema.check(json("{'n': 1, 'child': {'n': 2, 'children': [{'n': 3}, {'n': 'x'}]}}"))
                        .param())
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
        assertThat(found[0].message())
                .endsWith("nested more than 100 levels deep.")
                .hasSizeLessThan(400);
    }

    @Test
    void a_message_repeats_little_of_what_the_client_sent() {
        String secret = "s".repeat(5000);
        assertThat(message("{'enum': ['a']}", "'" + secret + "'"))
                .contains("sss")
                .hasSizeLessThan(140);
        Violation named = violation("{'additionalProperties': {'type': 'string'}}", "{'" + secret + "': 1}");
        assertThat(named.message()).hasSizeLessThan(160);
        assertThat(named.param()).hasSizeLessThan(80);
        String emoji = "'" + "x".repeat(59) + "😀'";
        assertThat(message("{'enum': ['a']}", emoji)).contains("x…'");
    }

    @Test
    void annotations_are_known_and_ignored() {
        assertThat(message(
                        "{'type': 'number', 'title': 't', 'description': 'd', 'default': 'x', 'example': 1,"
                                + " 'examples': [1], 'deprecated': true, 'format': 'double', 'x-own': {}}",
                        "1"))
                .isNull();
    }

    private static Schema compile(String schema) {
        return Schema.compile(map("{'schema': " + schema + "}"), "#/schema");
    }

    /** A schema whose property {@code it} has the given one, so that there is a path to report. */
    private static Schema property(String schema) {
        return compile("{'type': 'object', 'properties': {'it': " + schema + "}}");
    }

    static Violation violation(String schema, String value) {
        return property(schema).check(json("{'it': " + value + "}"));
    }

    static String message(String schema, String value) {
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
