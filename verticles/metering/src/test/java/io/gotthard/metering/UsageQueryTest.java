package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may be asked of usage, and by whom. */
class UsageQueryTest {

    private static final OffsetDateTime NOW = OffsetDateTime.parse("2026-11-20T11:30:00Z");

    private static final Caller SYSTEM = caller("usr_s", "", true, "gotthard.admin.>");
    private static final Caller MANAGER = caller("usr_a", "ten_a", false, "gotthard.admin.service.metering");
    private static final Caller MEMBER = caller("usr_m", "ten_a", false, "gotthard.user.>");

    private static Caller caller(String account, String tenant, boolean administrator, String... rules) {
        return new Caller(
                "key_x", account, tenant, administrator, List.of(), Permissions.of(List.of(List.of(rules))), null);
    }

    private static UsageQuery read(Caller caller, String... parameters) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            given.put(parameters[i], parameters[i + 1]);
        }
        return UsageQuery.of(new Call("1", "req_1", caller, Map.copyOf(given), null), NOW);
    }

    private static int status(Caller caller, String... parameters) {
        try {
            read(caller, parameters);
            return 200;
        } catch (Failure e) {
            return e.status();
        }
    }

    @Test
    void nothing_asked_for_is_the_last_thirty_days_by_day() {
        var query = read(SYSTEM);

        assertThat(query.to()).isEqualTo(NOW);
        assertThat(query.from()).isEqualTo(NOW.minusDays(30));
        assertThat(query.bucket()).isEqualTo(Grain.DAY);
        assertThat(query.groups()).isEmpty();
        assertThat(query.filters()).isEmpty();
    }

    @Test
    void times_with_an_offset_are_times_in_utc_and_sums_are_of_full_hours() {
        var query = read(
                        SYSTEM, "from", "2026-10-01T01:30:00+02:00", "to", "2026-10-02T00:00:00.001Z", "bucket", "hour")
                .inHours();

        assertThat(query.from()).isEqualTo(OffsetDateTime.parse("2026-09-30T23:00:00Z"));
        assertThat(query.to()).isEqualTo(OffsetDateTime.parse("2026-10-02T01:00:00Z"));
    }

    @ParameterizedTest
    @CsvSource({
        "from,yesterday",
        "from,2026-11-20",
        "from,2026-11-20T10:00:00",
        "to,2026-13-01T00:00:00Z",
        "from,2026-11-20T11:30:00Z",
        "from,2027-01-01T00:00:00Z",
        "from,1970-01-01T00:00:00Z",
        "to,9999-12-31T23:59:59Z",
        "from,+999999999-12-31T23:59:59Z",
        "group_by,tokens",
        "group_by,'model,'",
        "group_by,' model'",
        "group_by,key_id",
        "group_by,'model;drop table charges'",
    })
    void what_makes_no_sense_is_refused_with_the_parameter_that_does_not(String parameter, String value) {
        assertThatThrownBy(() -> read(SYSTEM, parameter, value)).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.status()).isEqualTo(400);
            assertThat(failure.param()).isIn(parameter, "from");
        });
    }

    @Test
    void a_chart_has_a_bounded_number_of_buckets() {
        assertThat(status(SYSTEM, "bucket", "hour", "from", "2026-08-13T00:00:00Z"))
                .isEqualTo(200);
        assertThat(status(SYSTEM, "bucket", "hour", "from", "2025-11-20T11:00:00Z"))
                .isEqualTo(400);
        assertThat(status(SYSTEM, "bucket", "day", "from", "2020-11-20T11:00:00Z"))
                .isEqualTo(200);
        assertThat(status(SYSTEM, "bucket", "day", "from", "2010-11-20T11:00:00Z"))
                .isEqualTo(400);
        assertThat(status(SYSTEM, "bucket", "none", "from", "2010-11-20T11:00:00Z"))
                .isEqualTo(200);
    }

    @Test
    void groups_may_be_asked_for_twice_and_in_any_order() {
        assertThat(read(SYSTEM, "group_by", "model,key,model").groups())
                .containsExactly(Dimension.KEY, Dimension.MODEL);
    }

    @Test
    void a_system_administrator_sees_what_is_asked_for() {
        assertThat(read(SYSTEM, "tenant", "ten_b", "account", "usr_b").filters())
                .containsOnly(Map.entry(Dimension.TENANT, "ten_b"), Map.entry(Dimension.ACCOUNT, "usr_b"));
    }

    @Test
    void who_administers_a_tenant_sees_that_tenant_only() {
        assertThat(read(MANAGER).filters()).containsOnly(Map.entry(Dimension.TENANT, "ten_a"));
        assertThat(read(MANAGER, "account", "usr_m").filters())
                .containsOnly(Map.entry(Dimension.TENANT, "ten_a"), Map.entry(Dimension.ACCOUNT, "usr_m"));
        assertThat(status(MANAGER, "tenant", "ten_a")).isEqualTo(200);
        assertThat(status(MANAGER, "tenant", "ten_b")).isEqualTo(404);
    }

    @Test
    void others_see_their_own_in_their_tenant_only() {
        assertThat(read(MEMBER, "group_by", "account", "key", "key_of_somebody").filters())
                .containsEntry(Dimension.TENANT, "ten_a")
                .containsEntry(Dimension.ACCOUNT, "usr_m");
        assertThat(status(MEMBER, "account", "usr_m", "tenant", "ten_a")).isEqualTo(200);
        assertThat(status(MEMBER, "account", "usr_a")).isEqualTo(404);
        assertThat(status(MEMBER, "tenant", "ten_b")).isEqualTo(404);
    }

    @Test
    void a_system_administrators_limited_key_sees_their_own_only() {
        var limited = caller("usr_s", "", true, "gotthard.user.model.demo-chat");

        assertThat(read(limited).filters())
                .containsOnly(Map.entry(Dimension.TENANT, ""), Map.entry(Dimension.ACCOUNT, "usr_s"));
    }

    @Test
    void an_administrator_without_a_tenant_does_not_see_those_without_one() {
        var nowhere = caller("usr_n", "", false, "gotthard.admin.>");

        assertThat(read(nowhere).filters()).containsEntry(Dimension.ACCOUNT, "usr_n");
    }
}
