package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Answer;
import io.gotthard.kit.Database;
import io.gotthard.models.Claims.Held;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who holds which claim in a real database, as two nodes see it. */
@Timeout(60)
class ClaimRowsIT {

    private static final Duration LONG = Duration.ofMinutes(10);

    private static Vertx vertx;
    private static Database database;
    private static ClaimRows rows;

    private final KeptAnswer answer = answer();
    private long one;
    private long two;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        database = Database.open(vertx, TestDatabase.url());
        database.migrate("models").await();
        rows = new ClaimRows(database);
    }

    @AfterAll
    static void close() {
        database.close().await();
        vertx.close().await();
    }

    @BeforeEach
    void two_nodes() {
        one = rows.begin().await();
        two = rows.begin().await();
    }

    private static KeptAnswer answer() {
        var id = (UUID.randomUUID().toString() + UUID.randomUUID()).replace("-", "");
        return new KeptAnswer(id, "owner", new byte[] {1, 2, 3});
    }

    private boolean claims(long node) {
        return rows.claim(database.pool(), node, List.of(answer)).await().contains(answer.id());
    }

    private Held holder(long asking) {
        return rows.holder(database.pool(), asking, answer).await();
    }

    private void settle(long node, List<String> released, List<String> finished, Duration keep) {
        rows.settle(database.pool(), node, released, finished, keep).await();
    }

    private void silence(long node) {
        database.pool()
                .preparedQuery("update models.nodes set seen_at = now() - interval '16 seconds' where id = $1")
                .execute(Tuple.of(node))
                .await();
    }

    private boolean isThere() {
        return database.pool()
                        .preparedQuery("select from models.claims where id = decode($1, 'hex')")
                        .execute(Tuple.of(answer.id()))
                        .await()
                        .size()
                == 1;
    }

    @Test
    void the_first_has_it_and_the_second_learns_what_was_asked() {
        assertThat(claims(one)).isTrue();
        assertThat(claims(two)).isFalse();
        assertThat(claims(one)).isFalse();
        assertThat(holder(two).print()).containsExactly(1, 2, 3);
        assertThat(holder(two).isGone()).isFalse();
        assertThat(holder(two).answer()).isNull();
    }

    @Test
    void a_thousand_are_claimed_at_once_by_two_nodes_and_each_has_one_holder() {
        var many = IntStream.range(0, 1_000).mapToObj(i -> answer()).toList();
        var first = rows.claim(database.pool(), one, many);
        var second = rows.claim(database.pool(), two, many.reversed());
        var all = new HashSet<>(first.await());
        all.addAll(second.await());
        assertThat(all).hasSize(1_000);
        assertThat(first.await().size() + second.await().size()).isEqualTo(1_000);
    }

    @Test
    void the_holder_hears_that_its_answer_is_wanted_and_hands_it_over() {
        claims(one);
        assertThat(rows.beat(one).await()).isEmpty();
        holder(two);
        assertThat(rows.beat(one).await()).containsExactly(answer.id());
        assertThat(rows.beat(two).await()).isEmpty();
        var stream = new Answer(200, Answer.SSE, Buffer.buffer("data: ä\n\n"), true, null, Map.of("x-a", "b"));
        rows.store(answer.id(), one, stream).await();
        assertThat(rows.beat(one).await()).isEmpty();
        assertThat(holder(two).answer()).isEqualTo(stream);
    }

    @Test
    void who_has_not_kept_it_says_so() {
        claims(one);
        holder(two);
        rows.gone(answer.id(), one).await();
        assertThat(holder(two).isGone()).isTrue();
        assertThat(rows.beat(one).await()).isEmpty();
    }

    @Test
    void the_holder_itself_has_not_kept_what_it_must_ask_for() {
        claims(one);
        assertThat(holder(one).isGone()).isTrue();
    }

    @Test
    void only_its_holder_releases_a_claim() {
        claims(one);
        settle(two, List.of(answer.id()), List.of(), LONG);
        assertThat(claims(two)).isFalse();
        settle(one, List.of(answer.id()), List.of(), LONG);
        assertThat(claims(two)).isTrue();
    }

    @Test
    void a_finished_one_holds_as_long_as_answers_are_kept() {
        claims(one);
        settle(one, List.of(), List.of(answer.id()), LONG);
        assertThat(claims(two)).isFalse();
        settle(one, List.of(), List.of(answer.id()), Duration.ofMillis(-1));
        rows.store(answer.id(), one, Answer.json(Buffer.buffer("{}"))).await();
        assertThat(claims(two)).isTrue();
        assertThat(holder(one).answer()).as("nothing of the one before").isNull();
    }

    @Test
    void a_silent_node_holds_nothing_any_more() {
        claims(one);
        silence(one);
        assertThat(claims(two)).isTrue();
        settle(one, List.of(answer.id()), List.of(), LONG);
        assertThat(claims(one)).as("who comes back has lost it").isFalse();
    }

    @Test
    void a_node_that_leaves_holds_nothing_and_has_to_begin_anew() {
        claims(one);
        rows.end(one).await();
        assertThat(claims(two)).isTrue();
        assertThat(rows.beat(one).await()).isNull();
    }

    @Test
    void what_is_over_is_cleaned_away_and_nothing_else() {
        claims(one);
        rows.clean().await();
        assertThat(isThere()).isTrue();
        settle(one, List.of(), List.of(answer.id()), Duration.ofMillis(-1));
        rows.clean().await();
        assertThat(isThere()).isFalse();
        claims(one);
        rows.end(one).await();
        rows.clean().await();
        assertThat(isThere()).isFalse();
    }
}
