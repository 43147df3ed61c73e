package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.gotthard.metering.TestUsage.Charged;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much usage is answered at once, and how fresh it is. */
@Timeout(120)
class UsageBoundsIT {

    private static TestUsage usage;

    private final String tag = UUID.randomUUID().toString();
    private final String tenant = "ten_" + tag;
    private final OffsetDateTime end = OffsetDateTime.parse("2026-11-01T00:00:00Z");

    @BeforeAll
    static void open() throws Exception {
        usage = new TestUsage();
    }

    @AfterAll
    static void close() {
        usage.close();
    }

    @Test
    void what_would_be_too_long_is_refused_and_what_just_fits_is_not() {
        var many = IntStream.range(0, 101)
                .mapToObj(i -> usage.source(Map.of(
                        "tenant",
                        "ten_many" + tag,
                        "account",
                        "usr_" + i,
                        "key",
                        "key_" + i,
                        "model",
                        "m",
                        "upstream",
                        "u",
                        "operation",
                        "chat")))
                .toList();
        for (int i = 0; i < many.size(); i++) {
            int id = many.get(i);
            usage.fold(IntStream.range(0, 100)
                    .mapToObj(hour -> new Charged(end.plusHours(hour), Map.of(), id, 1, 1))
                    .toList());
        }
        String[] question = {
            "from",
            end.toString(),
            "to",
            end.plusHours(100).toString(),
            "bucket",
            "hour",
            "group_by",
            "key",
            "tenant",
            "ten_many" + tag
        };

        assertThatThrownBy(() -> usage.ask(Asker.system(), question))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(400))
                .hasMessageContaining("more than 10000 rows");
        question[3] = end.plusHours(99).toString();
        assertThat(usage.ask(Asker.system(), question).getJsonArray("data")).hasSize(9_999);
    }

    @Test
    void it_says_up_to_when_it_is_complete() {
        var now = OffsetDateTime.now(end.getOffset());

        var answer = usage.ask(Asker.system(), "tenant", tenant);

        assertThat(OffsetDateTime.parse(answer.getString("as_of"))).isBefore(now.plusMinutes(1));
        assertThat(answer.getString("currency")).isEqualTo("CHF");
        assertThat(OffsetDateTime.parse(answer.getString("to")))
                .isEqualTo(OffsetDateTime.parse(answer.getString("to")).truncatedTo(ChronoUnit.HOURS));
    }
}
