package io.gotthard.contracts;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A form with files as a client sent it ({@code multipart/form-data}, RFC 7578), and where its parts are. The bytes are the truth and go
 * on as they came, but for a text that is replaced; files are not looked into. It is read strictly: what another reader could read
 * differently is refused, so that who checks it and who acts on it read the same.
 */
public final class Form {

    private static final int MOST_PARTS = 100;
    private static final int LONGEST_HEAD = 4 * 1024;

    private static final Pattern TYPE = Pattern.compile("(?i)multipart/form-data *; *boundary="
            + "(?:\"([0-9A-Za-z'()+_,./:=?-]{1,70})\"|([0-9A-Za-z'+_.-]{1,70}))(?: *; *charset=\"?utf-8\"?)?");
    private static final Pattern DISPOSITION = Pattern.compile("(?i)content-disposition: *form-data"
            + " *; *name=\"([A-Za-z0-9_.-]{1,100}(?:\\[[A-Za-z0-9_.-]{0,100}])?)\""
            + "(?: *; *filename=\"([^\"\\\\\\p{Cntrl}]*)\")?(?: *; *filename\\*=[!-~&&[^;\",]]+)?");
    private static final Pattern CONTENT = Pattern.compile("(?i)content-(?:type: *[ -~]*|length: *[0-9]+)");
    private static final Pattern BINARY = Pattern.compile("(?i)content-type: *+(?!text/|application/json)");
    private static final Pattern AS_IT_IS = Pattern.compile("(?i)content-transfer-encoding: *(?:binary|8bit|7bit)");
    /** Some clients say so of texts that are ASCII; of others they would be wrong, but nobody is misled by it. */
    private static final Pattern OTHER_CHARSET =
            Pattern.compile("(?i).*charset *=(?! *\"?(?:utf-8|us-ascii|iso-8859-1)\"? *$).*");

    /** What decides who answers, and how: it must not be hidden in a file. */
    private static final Set<String> LOOKED_AT = Set.of("model", "stream");

    private static final byte[] END_OF_LINE = {'\r', '\n'};
    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};
    private static final byte[] LAST = {'-', '-'};

    private final String contentType;
    private final byte[] bytes;
    private final Map<String, Object> fields = new LinkedHashMap<>();
    /** Where the texts are that are there once: from, to. */
    private final Map<String, int[]> texts = new HashMap<>();
    /** Where the parts are, with their heads: from, to. */
    private final List<int[]> parts = new ArrayList<>();

    private Form(String contentType, byte[] bytes) {
        this.contentType = contentType;
        this.bytes = bytes;
    }

    /** Whether it is one that we can read, as far as its media type tells. */
    public static boolean is(String contentType) {
        return TYPE.matcher(contentType).matches();
    }

    /**
     * Reads where everything is.
     *
     * @param contentType one that {@link #is} a form
     * @throws Failure 400 if it is not a form, or one that could be read in several ways
     */
    public static Form parse(String contentType, Buffer body) {
        var type = TYPE.matcher(contentType);
        if (!type.matches()) {
            throw invalid("its boundary can't be read");
        }
        var boundary = type.group(1) == null ? type.group(2) : type.group(1);
        var form = new Form(contentType, body.getBytes());
        form.read(("--" + boundary).getBytes(StandardCharsets.US_ASCII));
        return form;
    }

    private static Failure invalid(String reason) {
        return Failure.invalid(null, "The body is not a valid form: " + reason + ".");
    }

    private void read(byte[] boundary) {
        int at = boundary.length;
        if (!is(0, boundary)) {
            throw invalid("it does not begin with its boundary");
        }
        while (!is(at, LAST)) {
            if (!is(at, END_OF_LINE)) {
                throw invalid("something follows a boundary");
            }
            if (parts.size() == MOST_PARTS) {
                throw invalid("it has more than " + MOST_PARTS + " parts");
            }
            int from = at + END_OF_LINE.length;
            int content = find(END_OF_HEAD, from, Math.min(bytes.length, from + LONGEST_HEAD)) + END_OF_HEAD.length;
            // Wherever else the boundary were, some would take it for one, and others not.
            int next = find(boundary, content, bytes.length);
            if (next - END_OF_LINE.length < content || !is(next - END_OF_LINE.length, END_OF_LINE)) {
                throw invalid("a boundary is in a part");
            }
            part(from, content, next - END_OF_LINE.length);
            at = next + boundary.length;
        }
        at += LAST.length;
        if (at != bytes.length && !(is(at, END_OF_LINE) && at + END_OF_LINE.length == bytes.length)) {
            throw invalid("something follows its end");
        }
    }

    private boolean is(int at, byte[] expected) {
        int end = at + expected.length;
        return end <= bytes.length && Arrays.equals(bytes, at, end, expected, 0, expected.length);
    }

    private int find(byte[] wanted, int from, int to) {
        for (int at = from; at <= to - wanted.length; at++) {
            if (bytes[at] == wanted[0] && is(at, wanted)) {
                return at;
            }
        }
        throw invalid("a part has no end");
    }

    private void part(int from, int content, int to) {
        parts.add(new int[] {from, to});
        String name = null;
        String file = null;
        boolean isFile = false;
        boolean otherCharset = false;
        for (var line : text(from, content - END_OF_HEAD.length).split("\r\n", -1)) {
            var disposition = DISPOSITION.matcher(line);
            if (disposition.matches() && name == null) {
                name = disposition.group(1);
                file = disposition.group(2) == null ? "" : disposition.group(2);
                isFile |= disposition.group(2) != null;
            } else if (CONTENT.matcher(line).matches()) {
                // Some clients have bytes without a name.
                isFile |= BINARY.matcher(line).lookingAt();
                otherCharset |= OTHER_CHARSET.matcher(line).matches();
            } else if (!AS_IT_IS.matcher(line).matches()) {
                throw invalid("the head of a part can't be read");
            }
        }
        if (name == null) {
            throw invalid("a part has no name");
        }
        if (isFile && LOOKED_AT.contains(name)) {
            throw invalid("the part '" + name + "' is a file");
        } else if (isFile) {
            add(name, file);
        } else if (otherCharset) {
            throw invalid("the part '" + name + "' is not UTF-8");
        } else {
            var text = text(content, to);
            texts.put(name, new int[] {content, to});
            // The one thing in a form that is looked at and is neither a text nor a number.
            boolean said = name.equals("stream") && (text.equals("true") || text.equals("false"));
            add(name, said ? Boolean.valueOf(text) : text);
        }
    }

    private String text(int from, int to) {
        var range = Arrays.copyOfRange(bytes, from, to);
        if (!Utf8.isValid(range)) {
            throw invalid("it has a text that is not UTF-8");
        }
        return new String(range, StandardCharsets.UTF_8);
    }

    private void add(String name, Object value) {
        if (name.endsWith("[]")) {
            @SuppressWarnings("unchecked")
            var list = (List<Object>) fields.computeIfAbsent(name, first -> new ArrayList<>());
            list.add(value);
        } else if (fields.putIfAbsent(name, value) != null) {
            throw invalid("the part '" + name + "' is there twice");
        }
    }

    /** Its media type, with the boundary. */
    public String contentType() {
        return contentType;
    }

    /** The bytes as they came. */
    public Buffer bytes() {
        return Buffer.buffer(bytes);
    }

    /** How many bytes it has. */
    public int length() {
        return bytes.length;
    }

    /**
     * What is in it: texts as such, {@code stream} as whether it is to be one, of files their names; lists of these where the name ends
     * with {@code []}.
     */
    Map<String, Object> fields() {
        return fields;
    }

    /** The form with another text in place of one that is in it. */
    public Buffer with(String name, String text) {
        var at = texts.get(name);
        return Buffer.buffer(bytes.length + text.length())
                .appendBytes(bytes, 0, at[0])
                .appendString(text)
                .appendBytes(bytes, at[1], bytes.length - at[1]);
    }

    /** Adds all that is in it to a digest, and nothing of the boundary, which is another one each time the same is sent. */
    public void addTo(MessageDigest digest) {
        for (var part : parts) {
            digest.update(bytes, part[0], part[1] - part[0]);
            digest.update((byte) 0xff);
        }
    }
}
