package io.gotthard.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormatTest {
    @TempDir
    Path root;

    @Test
    void a_check_lists_what_is_not_formatted_and_changes_nothing() throws IOException {
        write("a/A.java", "class A { int a( ) { return 1; } }");
        write("a/good.md", "# Good\n");
        var found = new Format(root).run(false);
        assertThat(found.changed()).containsExactly(Path.of("a/A.java"));
        assertThat(found.broken()).isEmpty();
        assertThat(read("a/A.java")).isEqualTo("class A { int a( ) { return 1; } }");
    }

    @Test
    void what_was_applied_passes_the_check() throws IOException {
        write(
                "A.java",
                "import java.util.Map;\nimport java.util.List;\nclass A {List<String> a( ) {\r\n\treturn List.of();}}");
        write("b.yaml", "a:  \n\tb: 1\r\n\n\n");
        assertThat(new Format(root).run(true).changed()).hasSize(2);
        assertThat(new Format(root).run(false).changed()).isEmpty();
        assertThat(read("A.java")).isEqualTo("""
            import java.util.List;

            class A {
                List<String> a() {
                    return List.of();
                }
            }
            """);
        assertThat(read("b.yaml")).isEqualTo("a:\n    b: 1\n");
    }

    @Test
    void the_java_of_today_can_be_formatted() throws IOException {
        var today = """
            import java.util.List;

            /// Markdown with a list:
            ///
            /// - of [List]
            final class Today extends Object {
                record Pair(Object left, Object right) {}

                Today(int a) {
                    if (a < 0) {
                        throw new IllegalArgumentException();
                    }
                    super();
                }

                static int count(Object o) {
                    return switch (o) {
                        case Pair(List<?> left, var _) when left.isEmpty() -> 0;
                        case Pair(Pair(var a, var _), String b) -> b.length() + count(a);
                        case null, default -> 1;
                    };
                }
            }
            """;
        write("Today.java", today);
        var found = new Format(root).run(true);
        assertThat(found.broken()).isEmpty();
        assertThat(read("Today.java")).isEqualTo(today);
    }

    @Test
    void a_file_that_does_not_parse_is_told_with_its_line_and_left_as_it_is() throws IOException {
        write("A.java", "class A {\n  int a(;\n}\n");
        var found = new Format(root).run(true);
        assertThat(found.broken()).singleElement().asString().startsWith("A.java:2:");
        assertThat(read("A.java")).isEqualTo("class A {\n  int a(;\n}\n");
    }

    @Test
    void a_bare_underscore_pattern_is_refused_with_what_to_write_instead() throws IOException {
        write("A.java", "record A(int x) { boolean b(Object o) { return o instanceof A(_); } }");
        assertThat(new Format(root).run(true).broken())
                .singleElement()
                .asString()
                .contains("write `var _`");
    }

    @Test
    void a_file_that_is_not_utf_8_is_told_and_left_as_it_is() throws IOException {
        var bytes = "grün  \n".getBytes(StandardCharsets.ISO_8859_1);
        Files.write(root.resolve("a.md"), bytes);
        assertThat(new Format(root).run(true).broken()).containsExactly("a.md: not UTF-8");
        assertThat(Files.readAllBytes(root.resolve("a.md"))).isEqualTo(bytes);
    }

    @Test
    void recorded_answers_and_what_is_not_ours_are_left_alone() throws IOException {
        write("m/src/test/resources/golden/a.yaml", "a:  \n");
        write("m/target/b.yaml", "a:  \n");
        write("node_modules/c.js", "a  \n");
        write("data/d.sql", "a  \n");
        write("m/e.bin", "a  \n");
        var found = new Format(root).run(true);
        assertThat(found.changed()).isEmpty();
        assertThat(found.broken()).isEmpty();
    }

    @Test
    void an_empty_text_stays_empty() {
        assertThat(Format.formatText("")).isEmpty();
        assertThat(Format.formatText("\n \n")).isEmpty();
    }

    private void write(String name, String content) throws IOException {
        var file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private String read(String name) throws IOException {
        return Files.readString(root.resolve(name));
    }
}
