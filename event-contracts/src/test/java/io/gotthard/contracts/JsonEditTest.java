package io.gotthard.contracts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonEditTest {

    private static final String THREE = "{\"a\" : 1.50, \"b\":[ {} , \"x\" ],\n \"c\":\"ä😀\" }";

    private static JsonEdit edit(String json) {
        return JsonBody.parse(Buffer.buffer(json)).edit();
    }

    @Test
    void without_a_change_every_byte_is_kept() {
        assertThat(edit(" " + THREE + "\n").toBuffer()).hasToString(" " + THREE + "\n");
        assertThat(edit(THREE).remove("absent").replace("absent", "1").toBuffer())
                .hasToString(THREE);
    }

    @Test
    void a_member_is_replaced_in_its_place_and_its_name_kept_as_written() {
        assertThat(edit(THREE).set("a", "\"new\"").toBuffer())
                .hasToString("{\"a\" : \"new\",\"b\":[ {} , \"x\" ],\"c\":\"ä😀\"}");
        assertThat(edit(THREE).replace("b", "0").toBuffer()).hasToString("{\"a\" : 1.50,\"b\":0,\"c\":\"ä😀\"}");
        assertThat(edit(THREE).set("c", "{\"ü\":1}").toBuffer())
                .hasToString("{\"a\" : 1.50,\"b\":[ {} , \"x\" ],\"c\":{\"ü\":1}}");
        assertThat(edit("{\"a\":1}").set("a", "2").toBuffer()).hasToString("{\"a\":2}");
    }

    @Test
    void a_member_is_removed_wherever_it_is() {
        assertThat(edit(THREE).remove("a").toBuffer()).hasToString("{\"b\":[ {} , \"x\" ],\"c\":\"ä😀\"}");
        assertThat(edit(THREE).remove("b").toBuffer()).hasToString("{\"a\" : 1.50,\"c\":\"ä😀\"}");
        assertThat(edit(THREE).remove("c").toBuffer()).hasToString("{\"a\" : 1.50,\"b\":[ {} , \"x\" ]}");
        assertThat(edit("{ \"a\" : 1 }").remove("a").toBuffer()).hasToString("{}");
        assertThat(edit(THREE).remove("a").remove("b").remove("c").toBuffer()).hasToString("{}");
    }

    @Test
    void a_member_that_is_not_there_is_added_in_front() {
        assertThat(edit("{ }").set("x", "1").toBuffer()).hasToString("{\"x\":1}");
        assertThat(edit("{\"a\":1}").set("x", "\"ä\"").set("y", "2").toBuffer())
                .hasToString("{\"x\":\"ä\",\"y\":2,\"a\":1}");
        assertThat(edit("{\"a\":1}").remove("a").set("x", "1").toBuffer()).hasToString("{\"x\":1}");
    }

    @ParameterizedTest
    @CsvSource({"set,remove,{}", "remove,set,{\"a\":2}"})
    void of_two_changes_of_one_member_the_later_counts(String first, String second, String expected) {
        var edit = edit("{\"a\":1}");
        for (var change : List.of(first, second)) {
            if (change.equals("set")) {
                edit.set("a", "2");
            } else {
                edit.remove("a");
            }
        }
        assertThat(edit.toBuffer()).hasToString(expected);
    }

    @Test
    void an_edit_of_a_part_of_an_array_stays_within_it() throws IOException {
        var bytes = ("data: " + THREE + "\n\n").getBytes(UTF_8);
        var chunk = JsonBody.scan(bytes, 6, bytes.length - 2);
        var out = Buffer.buffer("<");

        assertThat(chunk.edit().appendTo(out).appendString(">")).hasToString("<" + THREE + ">");
        assertThat(chunk.edit().set("a", "2").remove("c").appendTo(Buffer.buffer("<")))
                .hasToString("<{\"a\" : 2,\"b\":[ {} , \"x\" ]}");
    }

    @Test
    void any_edits_of_any_object_say_what_a_json_library_would_say() {
        for (int seed = 0; seed < 3_000; seed++) {
            var random = new Random(seed);
            var expected = new JsonObject();
            var order = new ArrayList<String>();
            var text = new StringBuilder(space(random)).append('{').append(space(random));
            for (int i = random.nextInt(6); i > 0; i--) {
                var name = name(random);
                if (!expected.containsKey(name)) {
                    var value = value(random, 3);
                    text.append(order.isEmpty() ? "" : "," + space(random))
                            .append(written(random, name))
                            .append(space(random))
                            .append(':')
                            .append(space(random))
                            .append(Json.encode(value))
                            .append(space(random));
                    expected.put(name, value);
                    order.add(name);
                }
            }
            var edit = edit(text.append('}').append(space(random)).toString());
            var added = new ArrayList<String>();
            for (int i = random.nextInt(4); i > 0; i--) {
                change(random, edit, expected, order, added);
            }
            order.retainAll(expected.fieldNames());
            added.addAll(order);

            var result = new JsonObject(edit.toBuffer());
            assertThat(result).as("seed %d: %s", seed, text).isEqualTo(new JsonObject(expected.encode()));
            assertThat(result.fieldNames()).as("seed %d: %s", seed, text).containsExactlyElementsOf(added);
        }
    }

    private static void change(
            Random random, JsonEdit edit, JsonObject expected, List<String> order, List<String> added) {
        var name = order.isEmpty() || random.nextInt(3) == 0
                ? "new" + added.size()
                : order.get(random.nextInt(order.size()));
        var value = value(random, 2);
        switch (random.nextInt(3)) {
            case 0 -> {
                edit.remove(name);
                expected.remove(name);
            }
            case 1 -> {
                edit.replace(name, Json.encode(value));
                if (order.contains(name)) {
                    expected.put(name, value);
                }
            }
            default -> {
                edit.set(name, Json.encode(value));
                expected.put(name, value);
                if (!order.contains(name)) {
                    added.add(name);
                }
            }
        }
    }

    private static String space(Random random) {
        return random.nextBoolean() ? "" : " \n\t\r".substring(random.nextInt(4));
    }

    private static String name(Random random) {
        return List.of("model", "n", "ä", "😀", "", "a\"b\\", "stream_options", "long name ".repeat(8))
                .get(random.nextInt(8));
    }

    /** A name as JSON, at times with its letters escaped. */
    private static String written(Random random, String name) {
        if (random.nextInt(3) > 0) {
            return Json.encode(name);
        }
        var escaped = new StringBuilder("\"");
        name.chars().forEach(c -> escaped.append("\\u%04x".formatted(c)));
        return escaped.append('"').toString();
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 6)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> random.nextInt();
            case 3 -> random.nextDouble();
            case 4 -> "text \" \\ \n ä😀" + random.nextInt();
            case 5 -> "";
            case 6 -> {
                var array = new JsonArray();
                for (int i = random.nextInt(3); i > 0; i--) {
                    array.add(value(random, depth - 1));
                }
                yield array;
            }
            default -> {
                var object = new JsonObject();
                for (int i = random.nextInt(3); i > 0; i--) {
                    object.put(name(random), value(random, depth - 1));
                }
                yield object;
            }
        };
    }
}
