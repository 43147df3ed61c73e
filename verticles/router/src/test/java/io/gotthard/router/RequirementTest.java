package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequirementTest {

    private static final Map<String, String> THING = Map.of("thing", "t-1");

    private static Requirement requirement(Object declared) {
        return Requirement.of(new Definition(Map.of("x-requires", declared), "#"), "/things/{thing}");
    }

    private static Requirement requirement(String level, String resource) {
        return requirement(Map.of("level", level, "resource", resource));
    }

    private static Permissions permissions(String... rules) {
        return Permissions.of(List.of(List.of(rules)));
    }

    @Test
    void a_resource_that_is_always_the_same_needs_its_rule() {
        var requirement = requirement("admin", "service.accounts");
        assertThatCode(() -> requirement.check(permissions("gotthard.admin.service.*"), Map.of()))
                .doesNotThrowAnyException();
        assertThatCode(() -> requirement.check(Permissions.ALL, Map.of())).doesNotThrowAnyException();
        for (var permissions : List.of(permissions("gotthard.user.service.>"), Permissions.NONE)) {
            assertThatThrownBy(() -> requirement.check(permissions, Map.of()))
                    .isInstanceOf(Failure.class)
                    .hasMessage("This needs the permission 'gotthard.admin.service.accounts', which you do not have.")
                    .extracting(failure -> ((Failure) failure).status())
                    .isEqualTo(403);
        }
    }

    @Test
    void a_resource_is_named_by_the_path() {
        var requirement = requirement("user", "thing.{path.thing}.parts");
        assertThatCode(() -> requirement.check(permissions("gotthard.user.thing.t-1.parts"), THING))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> requirement.check(permissions("gotthard.user.thing.t-2.parts"), THING))
                .hasMessageContaining("'gotthard.user.thing.t-1.parts'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", ">", "t-1.>", "$1", "\\"})
    void a_name_in_a_path_is_no_pattern(String name) {
        var requirement = requirement("user", "thing.{path.thing}");
        assertThatThrownBy(() -> requirement.check(permissions("gotthard.user.thing.t-1"), Map.of("thing", name)))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("thing." + name);
    }

    @Test
    void a_long_name_is_not_repeated_in_full() {
        var requirement = requirement("user", "thing.{path.thing}");
        assertThatThrownBy(() -> requirement.check(Permissions.NONE, Map.of("thing", "x".repeat(5_000))))
                .message()
                .hasSizeLessThan(300);
    }

    @Test
    void what_is_hidden_is_left_to_the_verticle_and_the_rest_needs_nothing_here() {
        var hidden = requirement(Map.of("level", "user", "resource", "model.{body.model}", "hidden", true));
        for (var requirement : List.of(hidden, requirement("authenticated"), requirement("public"))) {
            assertThatCode(() -> requirement.check(Permissions.NONE, Map.of())).doesNotThrowAnyException();
        }
        assertThat(requirement("public").isPublic()).isTrue();
        assertThat(requirement("authenticated").isPublic()).isFalse();
        assertThat(hidden.isPublic()).isFalse();
        assertThat(hidden).hasToString("gotthard.user.model.{body.model}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"accounts", "service.*", "service.>", "", "service..x", "service.{thing}", "{path.thing}"})
    void a_resource_that_is_none_is_refused(String resource) {
        assertThatThrownBy(() -> requirement("user", resource))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'resource' must be like");
    }

    @Test
    void what_is_misspelled_is_refused_and_not_ignored() {
        var misspelled = new HashMap<String, Object>(Map.of("level", "user", "resource", "service.v"));
        misspelled.put("hiden", true);
        assertThatThrownBy(() -> requirement(misspelled)).hasMessageContaining("'hiden' is none of");
        assertThatThrownBy(() -> requirement(Map.of("level", "user")))
                .hasMessageContaining("'resource' must be a text");
        assertThatThrownBy(() -> requirement(List.of("user"))).hasMessageContaining("expected an object");
    }
}
