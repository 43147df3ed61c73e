package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.kit.Settings;
import io.gotthard.kit.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of configurations of LiteLLM: each folder has one with the environment it is for, what is made of it, and what is told.
 * With {@code -Dgolden=write} the latter two are written anew, to be read by people.
 */
class LiteLlmTest {

    private static final Path CASES =
            HouseRules.repository(Path.of("")).resolve("verticles/platform/src/test/resources/litellm");

    static Stream<String> cases() throws IOException {
        try (var folders = Files.list(CASES)) {
            return folders.map(folder -> folder.getFileName().toString()).sorted().toList().stream();
        }
    }

    private static Map<String, String> environment(Path folder) throws IOException {
        return Files.readAllLines(folder.resolve("environment")).stream()
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void a_configuration_becomes_ours_and_what_does_not_is_told(String name) throws IOException {
        var folder = CASES.resolve(name);
        var text = Files.readString(folder.resolve("config.yaml"));
        assertThat(LiteLlm.isOne(text)).isTrue();
        var imported = LiteLlm.read("config.yaml", text, environment(folder)::get, false);
        var notes = String.join("\n", imported.notes()) + "\n";
        if ("write".equals(System.getProperty("golden"))) {
            Files.writeString(folder.resolve("gotthard.yaml"), imported.yaml());
            Files.writeString(folder.resolve("notes.txt"), notes);
        }
        assertThat(imported.yaml()).isEqualTo(Files.readString(folder.resolve("gotthard.yaml")));
        assertThat(notes).isEqualTo(Files.readString(folder.resolve("notes.txt")));
        var read = Settings.read(Configuration.class, imported.yaml(), "imported", imported.variables());
        assertThat(read.models()).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void what_is_shown_has_no_secret_in_it(String name) throws IOException {
        var folder = CASES.resolve(name);
        var text = Files.readString(folder.resolve("config.yaml"));
        var shown = LiteLlm.read("config.yaml", text, variable -> null, true);
        assertThat(shown.yaml() + shown.notes())
                .doesNotContain("sk-literal", "sk-${", "literal-azure-key", "token-of-the-cluster", "sk-1234");
    }

    @Test
    void a_variable_that_is_not_set_is_told_with_its_place() {
        var text = """
            model_list:
            - model_name: a
              litellm_params:
                model: openai/x
                api_key: os.environ/NOT_SET
            """;
        assertThatThrownBy(() -> LiteLlm.read("config.yaml", text, variable -> null, false))
                .isInstanceOf(SettingsException.class)
                .hasMessage(
                        "config.yaml:5:14: model_list[0].litellm_params.api_key: the environment variable NOT_SET is"
                                + " not set");
    }

    @Test
    void a_file_of_which_nothing_can_be_used_is_refused_with_the_reasons() {
        var text = "model_list: [{model_name: a, litellm_params: {model: sagemaker/x}}]";
        assertThatThrownBy(() -> LiteLlm.read("config.yaml", text, variable -> null, false))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("no model that can be used")
                .hasMessageContaining("we can't speak to this provider");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "models: {}",
                "model_list",
                "# model_list: x",
                "x: {model_list: []}",
                "model_list: [",
                "[model_list]"
            })
    void what_has_no_model_list_at_its_top_is_ours(String text) {
        assertThat(LiteLlm.isOne(text)).isFalse();
    }

    @Test
    @Timeout(20)
    void aliases_do_not_unfold() {
        var bomb = new StringBuilder("a0: &a0 {x: y}\n");
        for (int i = 1; i < 60; i++) {
            bomb.append("a%d: &a%d {<<: [*a%d, *a%d], b: *a%d}%n".formatted(i, i, i - 1, i - 1, i - 1));
        }
        bomb.append(
                "model_list: [{<<: *a59, model_name: m, litellm_params: {<<: *a59, model: openai/x, api_key: k}}]\n");
        assertThat(LiteLlm.read("config.yaml", bomb.toString(), variable -> null, false)
                        .yaml())
                .contains("openai");
        assertThat(LiteLlm.isOne("model_list: &a [*a]")).isTrue();
    }
}
