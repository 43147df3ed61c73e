package io.gotthard.models;

/** What a model does; an operation asks only models of its own kind. */
public enum Kind {
    CHAT("chat"),
    COMPLETION("text_completion"),
    EMBEDDING("embeddings"),
    IMAGE("image_generation"),
    SPEECH("speech"),
    TRANSCRIPTION("transcription"),
    MODERATION("moderation");

    private final String operation;

    Kind(String operation) {
        this.operation = operation;
    }

    /** What is asked for, as OpenTelemetry names it where it has a name. */
    public String operation() {
        return operation;
    }
}
