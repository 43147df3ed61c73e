package io.gotthard.contracts;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * A copy of a {@link JsonBody} in which some members are other ones. Every other member keeps its place and its bytes; only
 * white space between members may go.
 */
public final class JsonEdit {

    private static final byte[] KEEP = null;
    private static final byte[] REMOVE = new byte[0];

    private final JsonBody body;
    private final byte[][] changes;
    private final StringBuilder added = new StringBuilder(0);
    private boolean changed;

    JsonEdit(JsonBody body) {
        this.body = body;
        this.changes = new byte[body.size()][];
    }

    /**
     * Replaces a member, or adds it in front if it is not there.
     *
     * @param name must need no escaping in JSON
     * @param json the new value as JSON text, trusted to be valid
     */
    public JsonEdit set(String name, String json) {
        int index = body.indexOf(name);
        if (index < 0) {
            added.append('"').append(name).append("\":").append(json).append(',');
        } else {
            changes[index] = json.getBytes(StandardCharsets.UTF_8);
        }
        changed = true;
        return this;
    }

    /** Replaces a member if it is there. */
    public JsonEdit replace(String name, String json) {
        return body.indexOf(name) < 0 ? this : set(name, json);
    }

    /** Removes a member if it is there. */
    public JsonEdit remove(String name) {
        int index = body.indexOf(name);
        if (index >= 0) {
            changes[index] = REMOVE;
            changed = true;
        }
        return this;
    }

    /** The edited object. */
    public Buffer toBuffer() {
        return appendTo(Buffer.buffer(body.to() - body.from() + 64));
    }

    /** Appends the edited object to a buffer, which is returned. */
    public Buffer appendTo(Buffer out) {
        if (!changed) {
            return out.appendBytes(body.array(), body.from(), body.to() - body.from());
        }
        out.appendByte((byte) '{');
        boolean empty = added.isEmpty();
        if (!empty) {
            out.appendString(added.substring(0, added.length() - 1));
        }
        for (int i = 0; i < changes.length; i++) {
            var change = changes[i];
            if (change != REMOVE) {
                if (!empty) {
                    out.appendByte((byte) ',');
                }
                empty = false;
                appendMember(out, i, change);
            }
        }
        return out.appendByte((byte) '}');
    }

    private void appendMember(Buffer out, int index, byte[] change) {
        int nameAt = body.nameAt(index);
        if (change == KEEP) {
            out.appendBytes(body.array(), nameAt, body.valueEnd(index) - nameAt);
        } else {
            out.appendBytes(body.array(), nameAt, body.valueAt(index) - nameAt).appendBytes(change);
        }
    }
}
