package io.gotthard.assistants;

import java.util.Locale;

/** Where a run is; the names are OpenAI's. */
enum RunStatus {
    QUEUED,
    IN_PROGRESS,
    REQUIRES_ACTION,
    COMPLETED,
    FAILED,
    CANCELLED,
    EXPIRED;

    /** As it is stored and shown. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static RunStatus of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** Whether nothing comes after it. */
    boolean isFinal() {
        return this == COMPLETED || this == FAILED || this == CANCELLED || this == EXPIRED;
    }
}
