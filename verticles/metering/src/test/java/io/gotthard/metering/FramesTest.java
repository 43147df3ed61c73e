package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** What is spooled by one version is read by the next. */
class FramesTest {

    private static final Source.Words WORDS =
            new Source.Words("key", "account", "tenant", "answered", "zurich", "chat", 7, 3, "asked", "ch", "ch,li");

    private static JsonObject spooled() {
        var batch = new Batch(1, 2);
        var source = new Sources().of(WORDS);
        batch.add(new Reservation(1, "request", source, 10, 5, 1_000_000, true));
        return new JsonObject(Frames.json(batch).encode());
    }

    @Test
    void all_words_come_back() {
        var read = Frames.batch(spooled(), new Sources());
        assertThat(read.reservations().getFirst().source().words()).isEqualTo(WORDS);
    }

    @Test
    void a_batch_from_before_there_were_that_many_words_is_read() {
        var old = spooled();
        var words = old.getJsonArray("sources").getJsonArray(0);
        while (words.size() > 8) {
            words.remove(words.size() - 1);
        }
        old.put("sources", new JsonArray().add(words));
        var read = Frames.batch(old, new Sources())
                .reservations()
                .getFirst()
                .source()
                .words();
        assertThat(read.payer()).isEqualTo(3);
        assertThat(read.asked()).isEmpty();
        assertThat(read.region()).isEmpty();
        assertThat(read.policy()).isEmpty();
    }
}
