package io.gotthard.models;

import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;

/**
 * The SwissAI dialect; section {@code external} of the configuration.
 *
 * @param model the model that answers a key which is bound to none, or null if such a key gets no answer
 * @param publicName what answers say of the model, whichever it is
 */
public record ExternalSettings(
        @Absent String model, @Default("swissai") String publicName) {}
