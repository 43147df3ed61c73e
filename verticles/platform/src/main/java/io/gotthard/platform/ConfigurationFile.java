package io.gotthard.platform;

import io.gotthard.kit.SettingsException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where the configuration comes from: the file that {@code GOTTHARD_CONFIG} names, if it names one, and the environment.
 *
 * @param path the file, or null
 * @param environment the variables
 */
record ConfigurationFile(Path path, Map<String, String> environment) {

    static ConfigurationFile of(Map<String, String> environment) {
        var given = Configuration.given(environment, "GOTTHARD_CONFIG");
        return new ConfigurationFile(given == null ? null : Path.of(given), environment);
    }

    /** What the file is called in findings. */
    String name() {
        return path == null ? "the defaults" : path.toString();
    }

    /**
     * All that is in the file, or nothing if there is none.
     *
     * @throws SettingsException if it can't be read
     */
    String text() {
        try {
            return path == null ? "" : Files.readString(path);
        } catch (CharacterCodingException e) {
            throw new SettingsException(List.of(path + ": is not in " + StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new SettingsException(List.of("GOTTHARD_CONFIG names " + path + ", which can't be read: " + e));
        }
    }
}
