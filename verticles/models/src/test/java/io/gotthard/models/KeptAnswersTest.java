package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Size;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is kept stays within its bounds, whoever asks for however much; and nobody takes the room of others. */
class KeptAnswersTest {

    private static final long MEMORY = 1 << 20;
    private static final int PIECE = 16 * 1024;

    private final KeptAnswers answers =
            new KeptAnswers(new IdempotencySettings(Duration.ofMinutes(10), Duration.ofSeconds(30), new Size(MEMORY)));

    private static KeptAnswer answer(String id, String owner) {
        return new KeptAnswer(id, owner, new byte[32]);
    }

    private KeptAnswer completed(String id, String owner, int bytes) {
        var kept = answer(id, owner);
        assertThat(answers.putIfAbsent(kept)).isNull();
        assertThat(answers.grow(kept, bytes)).isTrue();
        kept.whole(Answer.json(Buffer.buffer(new byte[bytes])));
        answers.complete(kept, 0);
        return kept;
    }

    @Test
    void the_first_of_two_with_the_same_id_is_kept() {
        var first = answer("a", "ada");
        assertThat(answers.putIfAbsent(first)).isNull();
        assertThat(answers.putIfAbsent(answer("a", "ada"))).isSameAs(first);
        assertThat(answers.find("a")).isSameAs(first);
    }

    @Test
    void a_flood_of_keys_is_bounded_and_the_newest_answers_are_kept() {
        for (int i = 0; i < 10_000; i++) {
            completed("flood-" + i, "eve", PIECE);
            assertThat(answers.bytes()).isLessThanOrEqualTo(MEMORY / 4);
        }
        assertThat(answers.find("flood-0")).isNull();
        assertThat(answers.find("flood-9999")).isNotNull();
    }

    @Test
    void who_floods_takes_only_their_own_share() {
        completed("ada's", "ada", PIECE);
        IntStream.range(0, 1_000).forEach(i -> completed("flood-" + i, "eve", PIECE));
        assertThat(answers.find("ada's")).isNotNull();
    }

    @Test
    void a_crowd_of_owners_is_bounded_too() {
        IntStream.range(0, 10_000).forEach(i -> completed("crowd-" + i, "owner-" + i, PIECE));
        assertThat(answers.bytes()).isLessThanOrEqualTo(MEMORY);
        assertThat(answers.find("crowd-9999")).isNotNull();
    }

    @Test
    void where_all_is_under_way_there_is_no_room_for_more() {
        assertThatThrownBy(() ->
                        IntStream.range(0, 10_000).forEach(i -> answers.putIfAbsent(answer("run-" + i, "eve"))))
                .isInstanceOfSatisfying(Failure.class, failure -> {
                    assertThat(failure.status()).isEqualTo(503);
                    assertThat(failure.retryAfterMillis()).isPositive();
                });
        assertThat(answers.bytes()).isLessThanOrEqualTo(MEMORY / 4);
        assertThat(answers.putIfAbsent(answer("another's", "ada"))).isNull();
    }

    @Test
    void an_answer_that_is_larger_than_a_share_is_not_counted_any_more() {
        var large = answer("large", "ada");
        answers.putIfAbsent(large);
        boolean fits = true;
        for (int i = 0; i < 100 && fits; i++) {
            fits = answers.grow(large, PIECE);
        }
        assertThat(fits).isFalse();
        assertThat(answers.bytes()).isEqualTo(KeptAnswer.OVERHEAD);
        answers.remove(large);
        assertThat(answers.bytes()).isZero();
    }

    @Test
    void what_is_too_old_is_forgotten() {
        completed("old", "ada", PIECE);
        answers.sweep(Duration.ofMinutes(10).toNanos());
        assertThat(answers.find("old")).isNotNull();
        answers.sweep(Duration.ofMinutes(10).toNanos() + 1);
        assertThat(answers.find("old")).isNull();
        assertThat(answers.bytes()).isZero();
    }

    @Test
    void what_nobody_reads_is_given_up_after_the_grace_and_not_before() {
        var kept = answer("alone", "ada");
        var abandoned = new AtomicInteger();
        kept.onAbandon(abandoned::incrementAndGet);
        answers.putIfAbsent(kept);
        answers.sweep(System.nanoTime());
        assertThat(abandoned).hasValue(0);
        answers.sweep(System.nanoTime() + Duration.ofSeconds(31).toNanos());
        assertThat(abandoned).hasValue(1);
    }
}
