package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.models.provider.DemoFaults;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The models that fail for those who want to see what their clients make of it. */
@Timeout(60)
class DemoFaultsTest {

    private RouteAsker asker;

    @BeforeEach
    void start() {
        var targets = new StringBuilder();
        for (var name : DemoFaults.NAMES) {
            targets.append("'mine/%s': {kind: chat, strategy: priority, deadlines: {headers: 400ms, chunk: 400ms},"
                    .formatted(name));
            targets.append(" targets: [{upstream: demo, model: '%s%s'}, {upstream: good, model: y}]}%n"
                    .formatted(DemoFaults.PREFIX, name));
        }
        asker = new RouteAsker(List.of("good"), targets.toString());
    }

    @AfterEach
    void stop() {
        asker.close();
    }

    @ParameterizedTest
    @CsvSource({"401, 502", "404, 502", "429, 429", "500, 502", "503, 503", "context-length, 400", "reset, 502"})
    void what_fails_at_once_does_so_once_and_every_time(String fault, int status) {
        for (int i = 0; i < 8; i++) {
            assertThat(asker.failure(RouteAsker.chat("fault/" + fault, i % 2 == 0)))
                    .returns(status, Failure::status)
                    .matches(failure -> "1".equals(failure.headers().get("x-gotthard-attempts")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cut", "bad-json"})
    void what_fails_in_the_midst_has_content_before(String fault) {
        var dialogue = asker.ask(RouteAsker.chat("fault/" + fault, true));
        assertThat(asker.next(dialogue).join().body().toString()).contains("about to fail");
        assertThat(RouteAsker.failure(asker.next(dialogue)).status()).isEqualTo(502);
        assertThat(asker.failure(RouteAsker.chat("fault/" + fault, false)).status())
                .isEqualTo(502);
    }

    @ParameterizedTest
    @ValueSource(strings = {"slow-first-token", "no-done"})
    void what_only_is_odd_is_answered(String fault) {
        var text = RouteAsker.text(asker.answers(RouteAsker.chat("fault/" + fault, true)));
        assertThat(text).contains("\"model\":\"fault/" + fault).endsWith(Plays.DONE);
        assertThat(RouteAsker.text(asker.answers(RouteAsker.chat("fault/" + fault, false))))
                .contains("about to fail");
    }

    @ParameterizedTest
    @ValueSource(strings = {"401", "404", "429", "500", "503", "reset", "silence"})
    void they_can_be_targets_to_see_others_step_in(String fault) {
        assertThat(asker.target(RouteAsker.chat("mine/" + fault, true))).isEqualTo("good");
    }

    @Test
    void a_stall_is_found_out() {
        var dialogue = asker.ask(RouteAsker.chat("mine/stall", true));
        assertThat(asker.next(dialogue).join().headers()).containsEntry("x-gotthard-target", "demo");
        assertThat(RouteAsker.failure(asker.next(dialogue)).status()).isEqualTo(504);
    }
}
