package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Schemas in one piece. */
class InlinedTest {

    private static JsonObject inlined(String root, String ref) {
        return new Inlined(new JsonObject(root).getMap(), true).schema(Map.of("$ref", ref));
    }

    @Test
    void references_are_followed_and_what_begins_again_is_cut() {
        var schema = inlined("""
            {"schemas": {
              "Node": {"type": "object", "properties": {"name": {"$ref": "#/schemas/Na~1me"}, "next": {"$ref": "#/schemas/Node"}}},
              "Na/me": {"type": "string", "minLength": 1}}}
            """, "#/schemas/Node");
        assertThat(schema).isEqualTo(new JsonObject("""
            {"type": "object", "properties": {"name": {"type": "string", "minLength": 1}, "next": {}}}
            """));
    }

    @Test
    void what_grows_without_bounds_is_cut() {
        var root = new JsonObject();
        for (int i = 0; i < 60; i++) {
            var next = new JsonObject().put("$ref", "#/s" + (i + 1));
            root.put(
                    "s" + i,
                    new JsonObject()
                            .put("properties", new JsonObject().put("a", next).put("b", next)));
        }
        assertThat(inlined(root.encode(), "#/s0").encode().length()).isLessThan(200_000);
    }

    @Test
    void what_refers_to_itself_at_once_is_anything() {
        assertThat(inlined("{\"a\": {\"$ref\": \"#/b\"}, \"b\": {\"$ref\": \"#/a\"}}", "#/a"))
                .isEmpty();
        assertThat(inlined("{}", "#/nowhere")).isEmpty();
        assertThat(inlined("{}", "https://evil.example/schema.json#/a")).isEmpty();
    }

    @Test
    void maps_that_contain_themselves_are_cut() {
        Map<String, Object> loop = new LinkedHashMap<>();
        loop.put("type", "object");
        loop.put("properties", Map.of("again", loop));
        List<Object> list = new ArrayList<>();
        list.add(list);
        loop.put("enum", list);
        assertThat(new Inlined(loop, false).schema(loop).encode().length()).isLessThan(200_000);
    }

    @Test
    void words_of_openapi_3_0_become_those_of_json_schema() {
        var schema = inlined("""
            {"a": {"type": "object", "required": ["id", "size"], "x-internal": true, "example": {"id": 1}, "properties": {
               "id": {"type": "integer", "readOnly": true},
               "size": {"type": "integer", "nullable": true, "minimum": 1, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": false},
               "$ref": {"type": "string"}}}}
            """, "#/a");
        assertThat(schema.getJsonArray("required")).isEqualTo(new JsonArray().add("size"));
        assertThat(schema.getJsonObject("properties").fieldNames()).containsExactly("size", "$ref");
        assertThat(schema.getJsonObject("properties").getJsonObject("size"))
                .isEqualTo(new JsonObject("{\"type\":[\"integer\",\"null\"],\"exclusiveMinimum\":1,\"maximum\":9}"));
        assertThat(schema.fieldNames()).doesNotContain("x-internal", "example");
    }
}
