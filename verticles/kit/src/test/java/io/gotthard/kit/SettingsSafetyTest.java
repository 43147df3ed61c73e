package io.gotthard.kit;

import static io.gotthard.kit.SettingsTest.problems;
import static io.gotthard.kit.SettingsTest.read;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is no YAML, or YAML that nobody would write who means well. */
class SettingsSafetyTest {

    record Tree(@Default("[]") List<Tree> children) {}

    @Test
    void text_that_is_not_YAML_is_refused_with_its_line() {
        assertThat(problems("server: {\n  port: 81\n"))
                .singleElement()
                .asString()
                .startsWith("gotthard.yaml:3:1: not valid YAML: ");
        assertThat(problems("server: {port: ${PORT}}"))
                .singleElement()
                .asString()
                .startsWith("gotthard.yaml:1:")
                .endsWith("(inside braces, put \"${NAME}\" in quotes)");
        assertThat(problems("a: 1\n---\nb: 2\n")).singleElement().asString().startsWith("gotthard.yaml:");
        assertThat(problems("a: \u0000")).singleElement().asString().startsWith("gotthard.yaml");
        assertThat(problems("a: \"\ud800\"")).singleElement().asString().startsWith("gotthard.yaml");
    }

    @Test
    void an_alias_bomb_does_not_unfold() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x]\n");
        for (int i = 1; i < 60; i++) {
            bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        assertThat(problems(bomb.toString()))
                .containsExactly("gotthard.yaml:2:10: an alias (*name) cannot be used here: write the value out");
        assertThat(problems(Tree.class, "children: &loop [{children: *loop}]")).hasSize(1);
    }

    @Test
    void deep_nesting_is_refused_and_does_not_overflow_the_stack() {
        String lists = "numbers: " + "[".repeat(300_000);
        String mappings = "server: " + "{a: ".repeat(100_000);
        String dashes = "numbers:\n" + "- ".repeat(100_000) + "1";
        assertThat(List.of(lists, mappings, dashes))
                .allSatisfy(yaml ->
                        assertThat(problems(yaml)).singleElement().asString().contains("nested deeper than 50 levels"));
        String allowed = "children: [{".repeat(24) + "}]".repeat(24);
        assertThat(read(Tree.class, allowed).children()).hasSize(1);
    }

    @Test
    void a_huge_text_is_refused() {
        assertThat(problems("# " + "x".repeat(1_000_000)))
                .containsExactly("gotthard.yaml: longer than 1,000,000 characters");
    }
}
