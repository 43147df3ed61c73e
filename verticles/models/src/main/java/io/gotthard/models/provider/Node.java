package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A place in JSON that others wrote. What is not there, or is something else than what is asked for, is empty; so nothing that an
 * upstream says can be in the way of reading it.
 *
 * @param json a map, a list, a text, a number, a boolean or null
 */
public record Node(Object json) {

    private static final Node NOTHING = new Node(null);

    /**
     * Reads one JSON object.
     *
     * @throws Failure 502 if it is none
     */
    public static Node parse(Buffer bytes) {
        try {
            if (Json.decodeValue(bytes) instanceof JsonObject object) {
                return new Node(object.getMap());
            }
        } catch (DecodeException e) {
            throw UpstreamFailure.malformed();
        }
        throw UpstreamFailure.malformed();
    }

    /** The same of a part of an array. */
    public static Node parse(byte[] bytes, int from, int to) {
        return parse(Buffer.buffer(Arrays.copyOfRange(bytes, from, to)));
    }

    /** A member of an object. */
    public Node get(String name) {
        return switch (json) {
            case Map<?, ?> map -> new Node(map.get(name));
            case JsonObject object -> new Node(object.getValue(name));
            case null, default -> NOTHING;
        };
    }

    /** The elements of an array. */
    public List<Node> items() {
        return switch (json) {
            case List<?> list -> list.stream().map(Node::new).toList();
            case JsonArray array -> array.stream().map(Node::new).toList();
            case null, default -> List.of();
        };
    }

    /** Whether it is there. */
    public boolean there() {
        return json != null;
    }

    /** A text, or null. */
    public String text() {
        return json instanceof String text ? text : null;
    }

    /** A text, or an empty one. */
    public String words() {
        return json instanceof String text ? text : "";
    }

    /** A whole number that is not negative, or 0. */
    public long count() {
        return json instanceof Number number ? Math.max(0, number.longValue()) : 0;
    }

    /** A whole number, or what it is otherwise. */
    public int number(int otherwise) {
        return json instanceof Number number ? number.intValue() : otherwise;
    }

    public boolean isTrue() {
        return Boolean.TRUE.equals(json);
    }

    /** An object, or an empty one. */
    public JsonObject object() {
        return switch (json) {
            case JsonObject object -> object;
            case Map<?, ?> map -> {
                var object = new JsonObject();
                map.forEach((name, value) -> object.put((String) name, value));
                yield object;
            }
            case null, default -> new JsonObject();
        };
    }
}
