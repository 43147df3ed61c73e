package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import io.gotthard.platform.Customer.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Limits as clients see them, on one node. */
class MeteringLimitsIT {

    private static final int AT_ONCE = 200;

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Hub admin;

    private final Purse purse = Purse.with(admin, "10");

    @BeforeAll
    static void start() {
        upstream = PricedUpstream.start().on("held-stream", visit -> {
            visit.open();
            visit.word("Hello");
            visit.silence();
        });
        platform = RunningPlatform.start(
                PricedUpstream.configuration(upstream, "metering: {fold: 500ms}"), TestDatabase.url());
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        platform.close();
        upstream.close();
    }

    private String limit(String subject, String subjectId, String metric, Object period, Object amount) {
        var limit = object("subject", subject, "subject_id", subjectId, "metric", metric, "amount", amount);
        if (period != null) {
            limit.put("period", period);
        }
        return admin.post("/limits", limit).id();
    }

    private List<Seen> ask(int times) {
        var seen = new ArrayList<Seen>();
        try (var customer = purse.customer()) {
            for (int i = 0; i < times; i++) {
                seen.add(customer.ask(PricedUpstream.WHOLE));
            }
        }
        return seen;
    }

    private static void assertRefused(Seen seen) {
        assertThat(seen.status()).isEqualTo(429);
        assertThat(seen.code()).isEqualTo("rate_limit_exceeded");
        assertThat(seen.headers()).containsKey("retry-after");
        assertThat(seen.headers()).doesNotContainEntry("x-should-retry", "false");
    }

    @Test
    void requests_of_a_minute_are_counted_down_and_then_refused_with_the_time_to_wait() {
        limit("account", purse.account(), "requests", "minute", 5);
        var seen = ask(7);
        assertThat(seen.stream().limit(5)).allMatch(Seen::answered);
        assertThat(seen.get(0).headers())
                .containsEntry("x-ratelimit-limit-requests", "5")
                .containsEntry("x-ratelimit-remaining-requests", "4")
                .containsKey("x-ratelimit-reset-requests");
        assertThat(seen.get(4).headers()).containsEntry("x-ratelimit-remaining-requests", "0");
        assertRefused(seen.get(5));
        assertThat(seen.get(5).headers()).containsEntry("x-ratelimit-remaining-requests", "0");
        // A fifth of a minute until there is room for one again.
        assertThat(Integer.parseInt(seen.get(5).headers().get("retry-after"))).isBetween(1, 12);
        var other = Purse.with(admin, "1");
        try (var customer = other.customer()) {
            assertThat(customer.ask(PricedUpstream.WHOLE).answered()).isTrue();
        }
    }

    @Test
    void a_refused_request_costs_nothing_and_does_not_reach_the_upstream() {
        limit("tenant", purse.tenant(), "requests", "minute", 1);
        int before = upstream.count();
        var seen = ask(4);
        assertThat(seen.stream().filter(Seen::answered)).hasSize(1);
        assertThat(upstream.count() - before).isEqualTo(1);
        var ledger = new Ledger(TestDatabase.url());
        ledger.charge(seen.getFirst().requestId());
        ledger.awaitBalanced(purse.wallet());
        assertThat(ledger.charged(purse.wallet())).isEqualTo(PricedUpstream.COST);
    }

    @Test
    void all_limits_hold_and_the_tightest_is_told() {
        limit("account", purse.account(), "requests", "minute", 100);
        limit("tenant", purse.tenant(), "requests", "day", 3);
        var seen = ask(4);
        assertThat(seen.get(0).headers())
                .containsEntry("x-ratelimit-limit-requests", "3")
                .containsEntry("x-ratelimit-remaining-requests", "2");
        assertRefused(seen.get(3));
    }

    @Test
    void of_two_hundred_at_once_as_many_are_admitted_as_the_limit_says() {
        limit("account", purse.account(), "requests", "day", 50);
        Queue<Seen> seen = new ConcurrentLinkedQueue<>();
        var threads = IntStream.range(0, AT_ONCE)
                .mapToObj(i -> Thread.ofVirtual().start(() -> seen.addAll(ask(1))))
                .toList();
        Await.until("all are answered", () -> threads.stream().noneMatch(Thread::isAlive));
        assertThat(seen).hasSize(AT_ONCE);
        assertThat(seen.stream().filter(Seen::answered)).hasSize(50);
        seen.stream().filter(one -> !one.answered()).forEach(MeteringLimitsIT::assertRefused);
    }

    @Test
    void tokens_are_counted_as_they_were_and_not_as_they_were_feared() {
        limit("account", purse.account(), "tokens", "day", 200);
        var seen = ask(20);
        long answered = seen.stream().filter(Seen::answered).count();
        int each = PricedUpstream.PROMPT_TOKENS + PricedUpstream.WORDS;
        assertThat(answered * each).isLessThanOrEqualTo(200 + each);
        assertThat(answered).isGreaterThan(2);
        assertRefused(seen.getLast());
        assertThat(seen.getFirst().headers()).containsEntry("x-ratelimit-limit-tokens", "200");
    }

    @Test
    void requests_under_way_are_limited_and_end_when_their_client_leaves() {
        limit("account", purse.account(), "concurrent", null, 2);
        try (var one = purse.customer();
                var two = purse.customer();
                var three = purse.customer()) {
            assertThat(one.peek("held-stream").answered()).isTrue();
            assertThat(two.peek("held-stream").answered()).isTrue();
            assertRefused(three.ask(PricedUpstream.WHOLE));
            two.hangUp();
            Await.until(
                    "there is room again", () -> three.ask(PricedUpstream.WHOLE).answered());
        }
    }

    @Test
    void money_of_a_day_is_limited() {
        limit("account", purse.account(), "money", "day", "0.003");
        var seen = ask(6);
        // One costs a bit more than a third of it.
        assertThat(seen.stream().filter(Seen::answered).count()).isBetween(1L, 3L);
        assertThat(seen.getLast().status()).isEqualTo(429);
    }

    @Test
    void a_limit_that_is_removed_does_not_hold_any_more() {
        var id = limit("account", purse.account(), "requests", "day", 1);
        assertThat(ask(2).getLast().status()).isEqualTo(429);
        admin.delete("/limits/" + id).ok();
        Await.until("it is gone", () -> ask(1).getFirst().answered());
    }

    @Test
    void openais_sdk_waits_where_that_helps_and_gives_up_where_it_does_not() {
        var poor = Purse.with(admin, "0.00001");
        long before = scraped("insufficient_quota");
        var failure = catchThrowableOfType(RateLimitException.class, () -> askBySdk(poor));
        assertThat(failure.code()).contains("insufficient_quota");
        assertThat(scraped("insufficient_quota") - before).as("tries").isEqualTo(1);
        limit("account", purse.account(), "requests", "minute", 120);
        // Room for one every half second: the SDK's second try comes when there is some.
        ask(120);
        askBySdk(purse);
    }

    private static void askBySdk(Purse purse) {
        var client = OpenAIOkHttpClient.builder()
                .baseUrl(platform.url() + "/v1")
                .apiKey(purse.key())
                .maxRetries(3)
                .build();
        try {
            client.chat()
                    .completions()
                    .create(ChatCompletionCreateParams.builder()
                            .model(PricedUpstream.WHOLE)
                            .addUserMessage("Hello")
                            .build());
        } finally {
            client.close();
        }
    }

    /** How many requests were refused for this word. */
    private static long scraped(String word) {
        return MeteringMetricsIT.scrape(platform.url())
                .lines()
                .filter(line -> line.startsWith("gotthard_metering_refusals_total{error_type=\"" + word + "\"}"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }
}
