package io.gotthard.contracts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A JSON object as its bytes, with what we act on read out of it. The bytes are the truth: what is not edited reaches the
 * other side unchanged, down to the digits of its numbers and the order of its members.
 */
public final class JsonBody {

    private static final JsonFactory JSON = JsonFactory.builder()
            .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(500)
                    // The limit on the body is the limit on its strings: an image is one string.
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final int SPAN = 3; // start of the name, start of the value, end of the value

    /** So many names are compared one by one; for more there is a set, or a body of nothing but names would take hours. */
    private static final int FEW = 32;

    private final byte[] bytes;
    private final int from;
    private final int to;
    private final Map<String, Object> fields;
    private final List<String> names = new ArrayList<>(12);
    private Set<String> manyNames;
    private int[] spans = new int[12 * SPAN];
    private JsonBody source;
    private Form form;

    private JsonBody(byte[] bytes, int from, int to, Map<String, Object> fields) {
        this.bytes = bytes;
        this.from = from;
        this.to = to;
        this.fields = fields;
    }

    /**
     * Reads all of an object.
     *
     * @throws Failure 400 if it is not one JSON object in UTF-8, if a member of it is there twice (who checks and who acts
     *     could then read different ones), or if it is nested more than 500 deep
     */
    public static JsonBody parse(Buffer buffer) {
        var bytes = buffer.getBytes();
        if (!Utf8.isValid(bytes)) {
            throw Failure.invalid(null, "The body is not valid JSON: it is not UTF-8.");
        }
        try {
            return read(bytes, 0, bytes.length, new LinkedHashMap<>());
        } catch (JsonProcessingException e) {
            throw Failure.invalid(null, "The body is not valid JSON: " + place(e));
        } catch (IOException e) {
            throw Failure.invalid(null, "The body is not valid JSON.");
        }
    }

    /**
     * Reads all of an object that a door has made of what a client sent in another dialect.
     *
     * @throws Failure as {@link #parse} does
     */
    public static JsonBody translation(Buffer buffer, JsonBody source) {
        var body = parse(buffer);
        body.source = source;
        return body;
    }

    /** What is in a form, as an object. */
    public static JsonBody of(Form form) {
        var body = parse(new JsonObject(form.fields()).toBuffer());
        body.form = form;
        return body;
    }

    /**
     * Reads only where the members of an object are, and skips what is in them.
     *
     * @throws IOException if it is not one JSON object
     */
    public static JsonBody scan(byte[] bytes, int from, int to) throws IOException {
        return read(bytes, from, to, null);
    }

    private static JsonBody read(byte[] bytes, int from, int to, Map<String, Object> fields) throws IOException {
        var body = new JsonBody(bytes, from, to, fields);
        try (var parser = JSON.createParser(bytes, from, to - from)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new JsonShapeException(parser, "expected an object");
            }
            body.offset(parser);
            for (var name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                body.readMember(parser, name);
            }
            if (parser.currentToken() != JsonToken.END_OBJECT) {
                throw new JsonShapeException(parser, "expected the end of the object");
            }
            if (parser.nextToken() != null) {
                throw new JsonShapeException(parser, "unexpected text after the object");
            }
        }
        return body;
    }

    private void readMember(JsonParser parser, String name) throws IOException {
        if (isTaken(name)) {
            throw new JsonShapeException(parser, "a member is there twice");
        }
        int nameAt = offset(parser);
        var token = parser.nextToken();
        int valueAt = offset(parser);
        if (fields != null) {
            fields.put(name, value(parser, token));
        } else if (token.isStructStart()) {
            parser.skipChildren();
        } else {
            parser.finishToken();
        }
        int at = names.size() * SPAN;
        if (at == spans.length) {
            spans = Arrays.copyOf(spans, at * 2);
        }
        names.add(name);
        spans[at] = nameAt;
        spans[at + 1] = valueAt;
        spans[at + 2] = from + (int) parser.currentLocation().getByteOffset();
    }

    private boolean isTaken(String name) {
        if (names.size() < FEW) {
            return names.contains(name);
        }
        if (manyNames == null) {
            manyNames = new HashSet<>(names);
        }
        return !manyNames.add(name);
    }

    /** Where the current token begins; UTF-16 input, which has no byte offsets, is not JSON on this door. */
    private int offset(JsonParser parser) throws IOException {
        long offset = parser.currentTokenLocation().getByteOffset();
        if (offset < 0) {
            throw new JsonShapeException(parser, "it is not UTF-8");
        }
        return from + (int) offset;
    }

    private static Object value(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case START_OBJECT -> {
                var map = new LinkedHashMap<String, Object>();
                for (var name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                    map.put(name, value(parser, parser.nextToken()));
                }
                yield map;
            }
            case START_ARRAY -> {
                var list = new ArrayList<>();
                for (var next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    list.add(value(parser, next));
                }
                yield list;
            }
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case null, default -> null;
        };
    }

    private static String place(JsonProcessingException e) {
        var message = switch (e) {
            case JsonShapeException shape -> shape.getOriginalMessage();
            case StreamConstraintsException limit -> "nested too deep, or a name or number that is too long";
            default -> "unexpected text";
        };
        var at = e.getLocation();
        return at == null
                ? message + "."
                : message + " at line " + at.getLineNr() + ", column " + at.getColumnNr() + ".";
    }

    /** The parsed members, in order; lists, maps, strings, numbers, booleans and nulls. Not to be changed. */
    public Map<String, Object> fields() {
        return fields;
    }

    /** What the client sent, if this is a {@link #translation} of it, else null. It does not travel to another node. */
    public JsonBody source() {
        return source;
    }

    /** The form that the client sent, if this is what is in one, else null. */
    public Form form() {
        return form;
    }

    /** The bytes as they came. */
    public Buffer bytes() {
        return Buffer.buffer(from == 0 && to == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to));
    }

    /** A member's text, such as {@code "gpt-5"} with its quotes, or null if there is no such member. */
    public String text(String name) {
        int at = names.indexOf(name) * SPAN;
        return at < 0 ? null : new String(bytes, spans[at + 1], spans[at + 2] - spans[at + 1], StandardCharsets.UTF_8);
    }

    /** Whether a member is there and is not {@code null}. */
    public boolean has(String name) {
        int at = names.indexOf(name) * SPAN;
        return at >= 0 && !(bytes[spans[at + 1]] == 'n');
    }

    /** Whether a member is there and is an empty array. */
    public boolean isEmptyArray(String name) {
        int at = names.indexOf(name) * SPAN;
        if (at < 0 || bytes[spans[at + 1]] != '[') {
            return false;
        }
        int next = spans[at + 1] + 1;
        while (bytes[next] <= ' ') {
            next++;
        }
        return bytes[next] == ']';
    }

    /** Parses one member that is an object; an empty map if there is none, or if it is something else. */
    public Map<String, Object> object(String name) throws IOException {
        int at = names.indexOf(name) * SPAN;
        if (at < 0 || bytes[spans[at + 1]] != '{') {
            return Map.of();
        }
        return read(bytes, spans[at + 1], spans[at + 2], new LinkedHashMap<>()).fields;
    }

    /** Starts a copy in which some members are other ones. */
    public JsonEdit edit() {
        return new JsonEdit(this);
    }

    /** How many bytes it has. */
    public int length() {
        return to - from;
    }

    byte[] array() {
        return bytes;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    int size() {
        return names.size();
    }

    int indexOf(String name) {
        return names.indexOf(name);
    }

    int nameAt(int index) {
        return spans[index * SPAN];
    }

    int valueAt(int index) {
        return spans[index * SPAN + 1];
    }

    int valueEnd(int index) {
        return spans[index * SPAN + 2];
    }
}
