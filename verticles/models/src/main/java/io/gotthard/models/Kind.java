package io.gotthard.models;

import java.util.EnumSet;
import java.util.Set;

/** What a model does; an operation asks only models of its own kind. */
public enum Kind {
    CHAT("chat"),
    COMPLETION("text_completion"),
    EMBEDDING("embeddings"),
    IMAGE("image_generation"),
    /** Images of images, which models that make images may be able to. */
    IMAGE_EDIT("image_edit"),
    SPEECH("speech"),
    TRANSCRIPTION("transcription"),
    /** What was said, in English, which models that transcribe may be able to. */
    TRANSLATION("translation"),
    MODERATION("moderation"),
    /** A chat in other words. */
    RESPONSE("responses");

    private final String operation;

    Kind(String operation) {
        this.operation = operation;
    }

    /** What a model of this kind may be asked for, itself included; what it can't do, its upstream says. */
    Set<Kind> asked() {
        return switch (this) {
            case CHAT -> EnumSet.of(CHAT, RESPONSE);
            case IMAGE -> EnumSet.of(IMAGE, IMAGE_EDIT);
            case TRANSCRIPTION -> EnumSet.of(TRANSCRIPTION, TRANSLATION);
            default -> EnumSet.of(this);
        };
    }

    /** What is asked for, as OpenTelemetry names it where it has a name. */
    public String operation() {
        return operation;
    }
}
