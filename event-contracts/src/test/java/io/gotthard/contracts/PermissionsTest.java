package io.gotthard.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Rule.Level;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The vectors of the permission grammar whose role files are to work unchanged, and what we add to it. */
class PermissionsTest {

    private static Permissions of(String... rules) {
        return Permissions.of(List.of(List.of(rules)));
    }

    private static Permissions of(List<String> ceiling, List<String> roles) {
        return Permissions.of(List.of(ceiling, roles));
    }

    @Test
    void a_user_rule_grants_use_and_not_administration() {
        var permissions = of("aihub.user.agent.A.*");

        assertThat(permissions.allows(Level.USER, "agent.A.x")).isTrue();
        assertThat(permissions.allows(Level.ADMIN, "agent.A.x")).isFalse();
    }

    @Test
    void an_admin_rule_grants_use_as_well() {
        assertThat(of("aihub.admin.agent.A.*").allows(Level.USER, "agent.A.x")).isTrue();
    }

    @Test
    void an_open_end_is_at_least_one_segment() {
        assertThat(of("aihub.user.agent.>").level("agent")).isEqualTo(Level.NONE);
        assertThat(of("aihub.user.agent.>").level("agent.A")).isEqualTo(Level.USER);
    }

    @Test
    void the_tenants_ceiling_lowers_what_a_role_grants() {
        var permissions = of(List.of("aihub.user.agent.>"), List.of("aihub.admin.agent.>"));

        assertThat(permissions.level("agent.A.x")).isEqualTo(Level.USER);
    }

    @Test
    void a_ceiling_grants_nothing_by_itself() {
        assertThat(of(List.of("gotthard.admin.>"), List.of()).level("model.a")).isEqualTo(Level.NONE);
    }

    @Test
    void the_highest_rule_of_a_set_counts_whatever_their_order() {
        assertThat(of("gotthard.user.a.>", "gotthard.admin.a.b").level("a.b")).isEqualTo(Level.ADMIN);
        assertThat(of("gotthard.admin.a.b", "gotthard.user.a.>").level("a.b")).isEqualTo(Level.ADMIN);
    }

    @Test
    void an_administrator_passes_and_a_stranger_does_not() {
        assertThat(Permissions.ALL.allows(Level.ADMIN, "service.accounts")).isTrue();
        assertThat(Permissions.NONE.allows(Level.USER, "model.a")).isFalse();
        assertThat(Permissions.NONE.allows(Level.NONE, "model.a")).isTrue();
    }

    @Test
    void an_invalid_rule_is_refused_and_not_ignored() {
        assertThatThrownBy(() -> of("gotthard.user.model.>", "gotthard.user.model.a*"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Permissions.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void what_was_asked_often_with_other_names_is_still_answered_correctly() {
        var permissions = of("gotthard.user.model.*");
        for (int i = 0; i < 5_000; i++) {
            assertThat(permissions.level("model." + i)).isEqualTo(Level.USER);
            assertThat(permissions.level("other." + i)).isEqualTo(Level.NONE);
        }
    }

    @Test
    void one_covers_the_other_if_each_of_its_sets_covers_one_of_the_others() {
        var mine = of(List.of("gotthard.user.>"), List.of("gotthard.admin.model.>"));

        assertThat(mine.covers(of("gotthard.user.model.a"))).isTrue();
        assertThat(mine.covers(of("gotthard.admin.model.a"))).isFalse();
        assertThat(mine.covers(of("gotthard.user.agent.a"))).isFalse();
        assertThat(mine.covers(of(List.of("gotthard.user.>"), List.of("gotthard.admin.model.a"))))
                .isTrue();
        assertThat(mine.covers(mine)).isTrue();
    }

    @Test
    void everything_covers_all_and_only_everything_covers_everything() {
        assertThat(Permissions.ALL.covers(Permissions.ALL)).isTrue();
        assertThat(Permissions.ALL.covers(of("gotthard.admin.>"))).isTrue();
        assertThat(of("gotthard.admin.>").covers(Permissions.ALL)).isFalse();
        assertThat(of("gotthard.user.a").covers(Permissions.NONE)).isTrue();
        assertThat(of("gotthard.user.a").covers(of(new String[0]))).isTrue();
        assertThat(Permissions.NONE.covers(Permissions.NONE)).isTrue();
        assertThat(Permissions.NONE.covers(of("gotthard.user.a"))).isFalse();
    }
}
