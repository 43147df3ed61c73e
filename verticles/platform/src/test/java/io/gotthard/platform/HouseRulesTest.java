package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The conventions of CONTRIBUTING.md that a machine can check, on this repository; and that each check can fail. */
class HouseRulesTest {
    private final HouseRules house = new HouseRules(HouseRules.repository(Path.of("")));

    @TempDir
    Path elsewhere;

    @Test
    void every_source_file_is_short() {
        assertThat(house.longFiles()).isEmpty();
    }

    @Test
    void every_class_name_says_what_it_is() {
        assertThat(house.vagueNames()).isEmpty();
    }

    @Test
    void only_the_platform_and_the_tools_print() {
        assertThat(house.printing()).isEmpty();
    }

    @Test
    void no_test_sleeps() {
        assertThat(house.sleepingTests()).isEmpty();
    }

    @Test
    void no_file_names_a_package_registry() {
        assertThat(house.registryHosts()).isEmpty();
    }

    @Test
    void no_verticle_depends_on_a_sibling() {
        assertThat(house.wrongDependencies()).isEmpty();
    }

    @Test
    void every_package_has_an_introduction() {
        assertThat(house.packagesWithoutIntroduction()).isEmpty();
    }

    @Test
    void a_file_of_three_hundred_lines_is_told() throws IOException {
        write("clients/a.py", "x = 1\n".repeat(300));
        write("clients/b.ts", "let x = 1\n".repeat(299));
        write("clients/target/c.py", "x = 1\n".repeat(300));
        assertThat(elsewhere().longFiles()).containsExactly("clients/a.py has 300 lines, at most 299");
    }

    @Test
    void a_vague_class_name_is_told_with_its_line_but_not_in_comments_and_literals() throws IOException {
        write("verticles/kit/src/main/java/io/gotthard/kit/A.java", """
            /** No class KeyManager here. */
            record A(String text) {
                static final A B = new A("a \\" class StringUtils");
                // class KeyHelper
                private static final char C = '"';
                interface KeyManager {}
                static final class AbstractKey {}
                enum Utility { ONE }
            }
            """);
        assertThat(elsewhere().vagueNames())
                .containsExactly(
                        "verticles/kit/src/main/java/io/gotthard/kit/A.java:6 KeyManager does not say what it is",
                        "verticles/kit/src/main/java/io/gotthard/kit/A.java:7 AbstractKey does not say what it is");
    }

    @Test
    void printing_and_sleeping_are_told_where_they_are_forbidden() throws IOException {
        var source = "class A { void a() { System.out.println(); Thread.sleep(1); } }";
        write("verticles/kit/src/main/java/io/gotthard/kit/A.java", source);
        write("verticles/platform/src/main/java/io/gotthard/platform/A.java", source);
        write("verticles/platform/src/test/java/io/gotthard/platform/A.java", source);
        assertThat(elsewhere().printing())
                .containsExactly("verticles/kit/src/main/java/io/gotthard/kit/A.java:1 prints; use a logger");
        assertThat(elsewhere().sleepingTests())
                .containsExactly("verticles/platform/src/test/java/io/gotthard/platform/A.java:1 sleeps;"
                        + " wait for a condition with a bound");
    }

    @Test
    void a_package_registry_is_told_also_in_a_file_that_is_not_text() throws IOException {
        write("clients/lock.json", "\u00ff https://registry." + "npmjs.org/x");
        Files.write(elsewhere.resolve("clients/bytes"), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThat(elsewhere().registryHosts())
                .containsExactly("clients/lock.json names the package registry registry." + "npmjs.org");
    }

    @Test
    void an_arrow_between_siblings_is_told_and_so_is_one_against_the_direction() throws IOException {
        write("verticles/models/pom.xml", pom("kit", "accounts"));
        write("verticles/kit/pom.xml", pom("event-contracts", "router"));
        write("event-contracts/pom.xml", pom("kit"));
        write("verticles/platform/pom.xml", pom("models", "accounts"));
        assertThat(elsewhere().wrongDependencies())
                .hasSize(3)
                .anyMatch(line -> line.startsWith("verticles/models/pom.xml depends on accounts;"))
                .anyMatch(line -> line.startsWith("verticles/kit/pom.xml depends on router;"))
                .anyMatch(line -> line.startsWith("event-contracts/pom.xml depends on kit;"));
    }

    @Test
    void a_package_without_introduction_is_told() throws IOException {
        write("verticles/kit/src/main/java/io/gotthard/kit/A.java", "class A {}");
        write("verticles/kit/src/test/java/io/gotthard/kit/ATest.java", "class ATest {}");
        write("clients/java/src/test/java/io/gotthard/clients/BTest.java", "class BTest {}");
        assertThat(elsewhere().packagesWithoutIntroduction())
                .containsExactly(
                        "clients/java/src/test/java/io/gotthard/clients has no package-info.java a newcomer can start"
                                + " from",
                        "verticles/kit/src/main/java/io/gotthard/kit has no package-info.java a newcomer can start"
                                + " from");
    }

    private HouseRules elsewhere() {
        return new HouseRules(elsewhere);
    }

    private void write(String name, String content) throws IOException {
        var file = elsewhere.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private static String pom(String... needed) {
        var dependencies = new StringBuilder();
        for (var artifact : needed) {
            dependencies.append("<dependency><groupId>io.gotthard</groupId><artifactId>%s</artifactId></dependency>"
                    .formatted(artifact));
        }
        return "<project><dependencies>%s</dependencies></project>".formatted(dependencies);
    }
}
