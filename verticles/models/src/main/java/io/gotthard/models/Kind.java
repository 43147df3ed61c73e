package io.gotthard.models;

/** What a model does; an operation asks only models of its own kind. */
public enum Kind {
    CHAT,
    COMPLETION,
    EMBEDDING,
    IMAGE,
    SPEECH,
    TRANSCRIPTION,
    MODERATION
}
