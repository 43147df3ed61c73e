package io.gotthard.assistants;

import java.util.Locale;

/** What a member may do in a thread; each includes those before it. */
enum Role {
    /** Reads all of it, forks it, and may leave. */
    READER,
    /** Writes messages, starts runs, and changes title, metadata and archiving. */
    EDITOR,
    /** Says who belongs to it, and deletes it. */
    OWNER;

    /** As it is stored and shown. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Role of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    boolean includes(Role other) {
        return compareTo(other) >= 0;
    }
}
