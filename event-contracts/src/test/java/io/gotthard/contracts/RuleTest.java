package io.gotthard.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ''                             | a rule is like
        gotthard                       | a rule is like
        gotthard.user                  | a rule is like
        hub.user.model.a               | begins with 'gotthard.'
        Gotthard.user.model.a          | begins with 'gotthard.'
        gotthard.owner.model.a         | is 'user' or 'admin'
        gotthard.USER.model.a          | is 'user' or 'admin'
        gotthard.user.>.a              | can only be the last
        gotthard.user.model.a*         | stands for a whole segment
        gotthard.user.model.**         | stands for a whole segment
        gotthard.user.model.           | a segment is empty
        gotthard.user..a               | a segment is empty
        gotthard.user.model.a b        | not allowed
        gotthard.user.model.a>         | not allowed
        gotthard.user.model.é          | not allowed
        gotthard.user.{path.model}.a   | not allowed
        gotthard.user.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o | at most 16 segments
        """)
    void what_is_no_rule_is_refused_with_the_reason(String text, String reason) {
        assertThatThrownBy(() -> Rule.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void a_rule_that_is_too_long_is_refused_without_repeating_it() {
        assertThatThrownBy(() -> Rule.parse("gotthard.user." + "a".repeat(10_000)))
                .hasMessage("a rule has at most 512 characters");
    }

    @ParameterizedTest
    @CsvSource({
        "gotthard.user.model.a, model.a, true",
        "aihub.user.model.a, model.a, true",
        "gotthard.user.model.a, model.b, false",
        "gotthard.user.model.a, model.a.b, false",
        "gotthard.user.model.*, model.a, true",
        "gotthard.user.model.*, model.a.b, false",
        "gotthard.user.model.*, model, false",
        "gotthard.user.model.>, model.a, true",
        "gotthard.user.model.>, model.swiss-ai/Apertus-70B, true",
        "gotthard.user.model.>, model, false",
        "gotthard.user.>, model, true",
        "gotthard.user.*.*.c, a.b.c, true",
        "gotthard.user.model.openai/gpt-5.1, model.openai/gpt-5.1, true",
        "gotthard.user.model.a, MODEL.a, false",
        "gotthard.user.model.*, model., true",
    })
    void a_pattern_matches_segment_by_segment(String rule, String resource, boolean matches) {
        assertThat(Rule.parse(rule).matches(Rule.segments(resource))).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "gotthard.user.a.b, gotthard.user.a.b, true",
        "gotthard.user.a.b, aihub.user.a.b, true",
        "gotthard.admin.a.b, gotthard.user.a.b, true",
        "gotthard.user.a.b, gotthard.admin.a.b, false",
        "gotthard.user.a.*, gotthard.user.a.b, true",
        "gotthard.user.a.b, gotthard.user.a.*, false",
        "gotthard.user.a.*, gotthard.user.a.*, true",
        "gotthard.user.a.*, gotthard.user.a.>, false",
        "gotthard.user.a.>, gotthard.user.a.*, true",
        "gotthard.user.a.>, gotthard.user.a.>, true",
        "gotthard.user.a.>, gotthard.user.a.b.>, true",
        "gotthard.user.a.b.>, gotthard.user.a.>, false",
        "gotthard.user.a.*.>, gotthard.user.a.>, false",
        "gotthard.user.a.>, gotthard.user.a, false",
        "gotthard.user.>, gotthard.user.>, true",
        "gotthard.user.>, gotthard.user.a.*.>, true",
        "gotthard.user.*, gotthard.user.>, false",
        "gotthard.user.*.b, gotthard.user.a.>, false",
    })
    void a_rule_covers_what_grants_no_more(String rule, String other, boolean covers) {
        assertThat(Rule.parse(rule).covers(Rule.parse(other))).isEqualTo(covers);
    }

    @Test
    void what_is_covered_never_matches_more() {
        var random = new Random(20);
        var resources = resources();
        int covered = 0;
        for (int i = 0; i < 20_000; i++) {
            var rule = rule(random);
            var other = rule(random);
            if (rule.covers(other)) {
                covered++;
                assertThat(resources.stream().filter(other::matches)).allMatch(rule::matches);
            }
        }
        assertThat(covered).isGreaterThan(1_000);
    }

    private static List<List<String>> resources() {
        var all = new ArrayList<List<String>>();
        var longest = List.of(List.<String>of());
        for (int length = 1; length <= 4; length++) {
            longest = longest.stream()
                    .flatMap(start -> List.of("a", "b").stream().map(next -> {
                        var longer = new ArrayList<>(start);
                        longer.add(next);
                        return List.copyOf(longer);
                    }))
                    .toList();
            all.addAll(longest);
        }
        return all;
    }

    private static Rule rule(Random random) {
        var text = new StringBuilder("gotthard.user");
        int length = 1 + random.nextInt(3);
        for (int i = 0; i < length; i++) {
            int last = i == length - 1 ? 4 : 3;
            text.append('.').append("ab*>".charAt(random.nextInt(last)));
        }
        return Rule.parse(text.toString());
    }
}
