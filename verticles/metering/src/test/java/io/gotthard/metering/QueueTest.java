package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QueueTest {

    private static final long HOUR = Duration.ofHours(1).toNanos();

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final Queue queue = new Queue(4);
    private final long now = System.nanoTime();
    private long seqs;

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private boolean add(long due) {
        return queue.add(
                new Reservation(++seqs, "r" + seqs, null, 10, 5, 0, false, due), context, (nothing, refusal) -> {});
    }

    @Test
    void the_writer_is_called_for_the_first_and_for_whatever_is_due_before_the_others() {
        assertThat(add(now + 2 * HOUR)).isTrue();
        assertThat(add(now + 3 * HOUR)).isFalse();
        assertThat(queue.due()).isEqualTo(now + 2 * HOUR);
        assertThat(add(now + HOUR)).isTrue();
        assertThat(queue.due()).isEqualTo(now + HOUR);
    }

    @Test
    void the_writer_is_called_when_there_are_enough() {
        add(now);
        assertThat(add(now + HOUR)).isFalse();
        assertThat(add(now + HOUR)).isFalse();
        assertThat(queue.isFull()).isFalse();
        assertThat(add(now + HOUR)).isTrue();
        assertThat(queue.isFull()).isTrue();
    }

    @Test
    void what_was_taken_is_forgotten_and_the_rest_comes_in_the_order_it_was_added() {
        add(now);
        add(now + HOUR);
        var first = queue.takeAll();
        assertThat(first.reservation.seq()).isEqualTo(1);
        assertThat(first.next().reservation.seq()).isEqualTo(2);
        assertThat(first.next().next()).isNull();
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.takeAll()).isNull();
        add(now + HOUR);
        assertThat(queue.due()).isEqualTo(now + HOUR);
    }
}
