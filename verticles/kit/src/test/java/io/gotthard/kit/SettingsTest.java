package io.gotthard.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
    enum Kind {
        CHAT,
        TEXT_TO_SPEECH
    }

    record Target(String upstream, @Absent String model) {}

    record Model(Kind kind, List<Target> targets) {}

    record Limits(
            @Default("30s") Duration firstToken,
            @Default("32MB") Size body,
            @Default("0.5") double share) {}

    record Server(
            @Default("8080") int port,
            @Default("127.0.0.1") String host,
            @Default("false") boolean open) {
        Server {
            if (port > 65535) {
                throw new IllegalArgumentException("port " + port + " on " + host + " is over 65535");
            }
        }
    }

    record Platform(
            @Default("{}") Server server,
            @Default("{}") Limits limits,
            @Default("{}") Map<String, Model> models,
            @Default("[]") List<Integer> numbers,
            @Absent Long ledger) {}

    record Text(String value) {}

    private static final Map<String, String> VARIABLES = Map.of(
            "PORT", "9000", "SECRET", "hunter2-hunter2", "EVIL", "x\nunknown: true", "EMPTY", "", "BIG", "70000");

    static <T extends Record> T read(Class<T> type, String yaml) {
        return Settings.read(type, yaml, "gotthard.yaml", VARIABLES::get);
    }

    private static Platform read(String yaml) {
        return read(Platform.class, yaml);
    }

    static List<String> problems(Class<? extends Record> type, String yaml) {
        SettingsException refused = catchThrowableOfType(SettingsException.class, () -> read(type, yaml));
        assertThat(refused)
                .as("settings that should have been refused: %s", yaml)
                .isNotNull();
        assertThat(refused).hasMessage(String.join("\n", refused.problems()));
        return refused.problems();
    }

    static List<String> problems(String yaml) {
        return problems(Platform.class, yaml);
    }

    @Test
    void sections_become_records() {
        Platform platform = read("""
            server: {port: 81, open: true}
            limits:
              first_token: 250ms
              body: 64KB
              share: 1
            models:
              swiss/apertus:70b:
                kind: text-to-speech
                targets:
                  - {upstream: zurich, model: "a: b"}
                  - upstream: geneva
              small: {kind: chat, targets: []}
            numbers: [-1, 2]
            ledger: 3000000000
            """);
        assertThat(platform.server()).isEqualTo(new Server(81, "127.0.0.1", true));
        assertThat(platform.limits()).isEqualTo(new Limits(Duration.ofMillis(250), new Size(65536), 1.0));
        assertThat(platform.models())
                .containsExactly(
                        Map.entry(
                                "swiss/apertus:70b",
                                new Model(
                                        Kind.TEXT_TO_SPEECH,
                                        List.of(new Target("zurich", "a: b"), new Target("geneva", null)))),
                        Map.entry("small", new Model(Kind.CHAT, List.of())));
        assertThat(platform.numbers()).containsExactly(-1, 2);
        assertThat(platform.ledger()).isEqualTo(3_000_000_000L);
    }

    @Test
    void an_empty_file_is_an_empty_mapping() {
        Platform expected = new Platform(
                new Server(8080, "127.0.0.1", false),
                new Limits(Duration.ofSeconds(30), new Size(32 << 20), 0.5),
                Map.of(),
                List.of(),
                null);
        assertThat(List.of("", "\n", "# nothing but a comment\n", "---\n", "{}"))
                .allSatisfy(yaml -> assertThat(read(yaml)).isEqualTo(expected));
        assertThat(problems(Text.class, "")).containsExactly("gotthard.yaml: value: missing, expected text");
    }

    @Test
    void a_key_with_nothing_behind_it_counts_as_absent() {
        assertThat(read("server:\nmodels:\n#  a: {}\nledger: ~\n")).isEqualTo(read(""));
        assertThat(problems(Text.class, "value:"))
                .containsExactly("gotthard.yaml:1:7: value: found nothing, expected text");
        assertThat(problems("models: {a: }"))
                .containsExactly("gotthard.yaml:1:12: models.a: found nothing, expected a mapping");
    }

    @Test
    void an_unknown_key_is_refused_with_file_and_line_and_what_was_probably_meant() {
        assertThat(problems("server:\n  prot: 81\n"))
                .containsExactly("gotthard.yaml:2:3: server.prot: unknown key (did you mean port?),"
                        + " expected here: host, open, port");
        assertThat(problems("server: {}\nwhatever: 1\n"))
                .containsExactly("gotthard.yaml:2:1: whatever: unknown key,"
                        + " expected here: ledger, limits, models, numbers, server");
    }

    @Test
    void all_problems_are_told_at_once_in_the_order_of_the_file() {
        assertThat(problems("""
            numbers: [1, two]
            models:
              gpt-4.1:
                kind: chatt
                targets: [{model: x}]
              b: {kind: chat, targets: {}}
            server: []
            limits: {first_token: 30, body: 5 MB, share: .inf}
            """))
                .containsExactly(
                        "gotthard.yaml:1:14: numbers[1]: found text, expected a whole number",
                        "gotthard.yaml:4:11: models.\"gpt-4.1\".kind: found \"chatt\", expected one of chat,"
                                + " text-to-speech",
                        "gotthard.yaml:5:15: models.\"gpt-4.1\".targets[0].upstream: missing, expected text",
                        "gotthard.yaml:6:28: models.b.targets: found a mapping, expected a list",
                        "gotthard.yaml:7:9: server: found a list, expected a mapping",
                        "gotthard.yaml:8:23: limits.first_token: found \"30\", expected a duration such as 250ms, 30s,"
                                + " 10m or 2h",
                        "gotthard.yaml:8:33: limits.body: found \"5 MB\", expected a size such as 64KB, 32MB or 2GB",
                        "gotthard.yaml:8:46: limits.share: found \".inf\", expected a number");
    }

    @Test
    void wrong_types_are_refused() {
        assertThat(problems("server: {port: \"81\"}"))
                .containsExactly(
                        "gotthard.yaml:1:16: server.port: found text, expected a whole number (without quotes)");
        assertThat(problems("server: {port: 3000000000}"))
                .containsExactly("gotthard.yaml:1:16: server.port: found \"3000000000\", expected a whole number");
        assertThat(problems("server: {port: 8.5}"))
                .containsExactly("gotthard.yaml:1:16: server.port: found a number, expected a whole number");
        assertThat(problems("server: {open: yes}"))
                .containsExactly("gotthard.yaml:1:16: server.open: found text, expected true or false");
        assertThat(problems("server: {host: {}}"))
                .containsExactly("gotthard.yaml:1:16: server.host: found a mapping, expected text");
        assertThat(problems("server: {host: !secret x}"))
                .containsExactly("gotthard.yaml:1:16: server.host: found a value tagged !secret, expected text"
                        + " (put it in quotes)");
        assertThat(problems("- a")).containsExactly("gotthard.yaml:1:1: found a list, expected a mapping");
        assertThat(problems("just text")).containsExactly("gotthard.yaml:1:1: found text, expected a mapping");
        assertThat(problems("{[a, b]: 1}")).containsExactly("gotthard.yaml:1:2: found a list as a key, expected text");
    }

    @Test
    void a_key_that_looks_like_a_number_is_not_shown_when_it_should_be_text() {
        assertThat(problems(Text.class, "value: 8675309"))
                .containsExactly("gotthard.yaml:1:8: value: found a whole number, expected text (put it in quotes)");
    }

    @Test
    void durations_and_sizes_that_overflow_are_refused() {
        assertThat(problems("limits: {first_token: 999999999999999999h}")).hasSize(1);
        assertThat(problems("limits: {first_token: 99999999999999999999s}")).hasSize(1);
        assertThat(problems("limits: {body: 999999999999999999GB}")).hasSize(1);
        assertThat(problems("limits: {body: -1KB}")).hasSize(1);
    }

    @Test
    void a_key_given_twice_is_refused() {
        assertThat(problems("server: {}\nlimits: {}\nserver: {}\n"))
                .containsExactly("gotthard.yaml:3:1: server: given twice, first in line 1");
        assertThat(problems("models:\n  a: {kind: chat, targets: []}\n  a: {kind: chat, targets: []}\n"))
                .containsExactly("gotthard.yaml:3:3: models.a: given twice, first in line 2");
    }

    @Test
    void variables_are_replaced_whatever_the_type() {
        assertThat(read("server: {port: \"${PORT}\", host: \"a-${SECRET}-${EMPTY}b\"}")
                        .server())
                .isEqualTo(new Server(9000, "a-hunter2-hunter2-b", false));
        assertThat(read("server:\n  port: ${PORT}\n").server().port()).isEqualTo(9000);
        assertThat(read(Text.class, "value: \"$${PORT} $PORT $$\"").value()).isEqualTo("${PORT} $PORT $$");
    }

    @Test
    void a_variables_value_stays_one_value() {
        assertThat(read(Text.class, "value: ${EVIL}").value()).isEqualTo("x\nunknown: true");
        assertThat(Settings.read(Text.class, "value: ${A}", "x", Map.of("A", "${B}")::get)
                        .value())
                .isEqualTo("${B}");
    }

    @Test
    void a_missing_variable_is_named() {
        assertThat(problems(Text.class, "value: ${NOWHERE}"))
                .containsExactly("gotthard.yaml:1:8: value: the environment variable NOWHERE is not set");
        assertThat(problems(Text.class, "value: ${no where}"))
                .containsExactly("gotthard.yaml:1:8: value: expected ${NAME}, or $${ for a literal ${");
        assertThat(problems(Text.class, "value: ${PORT"))
                .containsExactly("gotthard.yaml:1:8: value: expected ${NAME}, or $${ for a literal ${");
    }

    @Test
    void a_problem_never_shows_what_a_variable_holds() {
        assertThat(problems("server: {port: \"${SECRET}\"}"))
                .containsExactly("gotthard.yaml:1:16: server.port: found \"${SECRET}\", expected a whole number");
        assertThat(problems("server: {port: 70000, host: \"${SECRET}\"}"))
                .containsExactly("gotthard.yaml:1:9: server: port 70000 on ${SECRET} is over 65535");
        assertThat(problems("server: {port: \"${BIG}\", host: \"${BIG}\"}"))
                .containsExactly("gotthard.yaml:1:9: server: port ${BIG} on ${BIG} is over 65535");
    }

    @Test
    void what_a_record_refuses_is_told_with_its_place() {
        assertThat(problems("limits: {}\nserver:\n  port: 70000\n"))
                .containsExactly("gotthard.yaml:3:3: server: port 70000 on 127.0.0.1 is over 65535");
    }

    @Test
    void a_type_nobody_can_write_in_YAML_is_the_programmers_mistake() {
        record Wrong(Thread thread) {}
        assertThatIllegalStateException().isThrownBy(() -> read(Wrong.class, "thread: 1"));
    }

    @Test
    void lists_and_maps_cannot_be_changed() {
        assertThat(read("").models()).isUnmodifiable();
        assertThat(read("models: {a: {kind: chat, targets: []}}").models()).isUnmodifiable();
        assertThat(read("numbers: [1]").numbers()).isUnmodifiable();
    }

    record Free(Map<String, Object> values) {}

    @Test
    void what_somebody_else_gives_a_meaning_to_is_what_yaml_takes_it_for() {
        var free = read(Free.class, """
            values:
              number: 5
              share: 0.5
              flag: true
              text: "5"
              secret: Bearer ${SECRET}
              list: [1, {inner: [a]}]
            """);
        assertThat(free.values())
                .isEqualTo(Map.of(
                        "number",
                        5L,
                        "share",
                        0.5,
                        "flag",
                        true,
                        "text",
                        "5",
                        "secret",
                        "Bearer hunter2-hunter2",
                        "list",
                        List.of(1L, Map.of("inner", List.of("a")))));
        assertThat(problems(Free.class, "values:\n  a: [1, {b: }]"))
                .singleElement()
                .asString()
                .startsWith("gotthard.yaml:2:");
    }
}
