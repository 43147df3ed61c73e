package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who asks again with the same {@code Idempotency-Key} gets the same answer and pays once, also in streams. */
class IdempotencyIT extends OnTwoMeters {

    @ParameterizedTest
    @ValueSource(strings = {PricedUpstream.WHOLE, PricedUpstream.STREAM})
    void a_finished_answer_is_given_again_and_paid_once(String model) {
        boolean stream = model.equals(PricedUpstream.STREAM);
        try (var first = client(one).ask(key, model, stream, says)) {
            var text = first.rest();
            assertThat(first.status()).as(text).isEqualTo(200);
            assertThat(first.isReplayed()).isFalse();
            assertThat(text).contains(stream ? "data: [DONE]" : "Hello");
            try (var second = client(one).ask(key, model, stream, says)) {
                assertThat(second.rest()).isEqualTo(text);
                assertThat(second.isReplayed()).isTrue();
                assertThat(second.headers().get("content-type"))
                        .isEqualTo(first.headers().get("content-type"));
                assertThat(second.receipt()).isNotNull().isEqualTo(first.receipt());
                assertThat(second.headers().keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
            }
        }
        assertThat(asked(model)).isEqualTo(1);
        assertPaidOnce();
    }

    @Test
    void who_comes_back_to_a_stream_gets_it_from_its_beginning_and_then_live() {
        var gate = gate();
        try (var first = client(one).ask(key, GATED_STREAM, true, says)) {
            first.until("first ");
            first.leave();
        }
        try (var second = client(one).ask(key, GATED_STREAM, true, says)) {
            // It is there before the upstream goes on.
            assertThat(second.until("first ")).contains("first ").doesNotContain("last");
            assertThat(second.isReplayed()).isTrue();
            gate.countDown();
            assertThat(second.rest()).contains("first ").contains("last").contains("data: [DONE]");
        }
        assertThat(asked(GATED_STREAM)).isEqualTo(1);
        assertPaidOnce();
    }

    @Test
    void an_answer_is_completed_though_its_client_is_gone() {
        var gate = gate();
        try (var first = client(one).ask(key, GATED, false, says)) {
            Await.until("the upstream is asked", () -> asked(GATED) == 1);
            first.leave();
        }
        gate.countDown();
        assertPaidOnce();
        try (var second = client(two).ask(key, GATED, false, says)) {
            assertThat(second.status()).isEqualTo(200);
            assertThat(second.isReplayed()).isTrue();
        }
        assertThat(asked(GATED)).isEqualTo(1);
    }

    @Test
    void an_answer_that_nobody_comes_back_for_is_given_up_after_the_grace() {
        try (var first = client(one).ask(key, ENDLESS, true, says)) {
            first.until("first ");
            first.leave();
        }
        upstream.visit(ENDLESS, 1).awaitClosed();
        ledger.awaitClosed();
        assertThat(charges()).isEqualTo(1);
        try (var second = client(one).ask(key, ENDLESS, true, says)) {
            second.until("first ");
            assertThat(second.isReplayed()).isFalse();
        }
    }

    @Test
    void a_failure_is_not_kept() {
        try (var first = client(one).ask(key, FAILS_ONCE, false, says)) {
            assertThat(first.status()).isEqualTo(400);
        }
        try (var second = client(one).ask(key, FAILS_ONCE, false, says)) {
            assertThat(second.status()).isEqualTo(200);
            assertThat(second.isReplayed()).isFalse();
        }
        try (var third = client(two).ask(key, FAILS_ONCE, false, says)) {
            assertThat(third.isReplayed()).isTrue();
        }
        assertPaidOnce();
    }

    @Test
    void it_is_the_same_in_the_dialect_of_swissai() {
        var path = "/api/v1/external/chat/completions";
        try (var first = client(one).ask(path, key, "whatever", false, says);
                var second = client(two).ask(path, key, "whatever", false, says)) {
            var text = first.rest();
            assertThat(text).contains("swissai");
            assertThat(second.rest()).isEqualTo(text);
            assertThat(first.isReplayed()).isNotEqualTo(second.isReplayed());
        }
        assertThat(asked(GATED)).isEqualTo(1);
        assertPaidOnce();
    }

    @Test
    void it_is_the_same_in_the_dialect_of_anthropic() {
        var path = "/v1/messages";
        try (var first = client(one).ask(path, key, GATED, false, says);
                var second = client(two).ask(path, key, GATED, false, says)) {
            var text = first.rest();
            assertThat(text).contains("\"type\":\"message\"");
            assertThat(second.rest()).isEqualTo(text);
            assertThat(first.isReplayed()).isNotEqualTo(second.isReplayed());
        }
        try (var other = client(one).ask(path, key, GATED, false, "Something else")) {
            assertThat(other.status()).isEqualTo(422);
            assertThat(other.rest()).contains("invalid_request_error");
        }
        assertThat(asked(GATED)).isEqualTo(1);
        assertPaidOnce();
    }

    @Test
    void openais_sdk_asks_again_with_the_same_key_when_its_connection_breaks() {
        var gate = gate();
        try (var detour = Detour.to(one.url().getPort())) {
            var client = OpenAIOkHttpClient.builder()
                    .baseUrl(URI.create("http://127.0.0.1:" + detour.port()) + "/v1")
                    .apiKey(purse.key())
                    .maxRetries(2)
                    .build();
            var question = ChatCompletionCreateParams.builder()
                    .model(GATED)
                    .addUserMessage(says)
                    .putAdditionalHeader("Idempotency-Key", key)
                    .build();
            detour.mute();
            CompletableFuture<ChatCompletion> answer = CompletableFuture.supplyAsync(
                    () -> client.chat().completions().create(question));
            Await.until("the upstream is asked", () -> asked(GATED) == 1);
            detour.drop();
            gate.countDown();
            assertThat(answer.orTimeout(20, TimeUnit.SECONDS).join().choices()).hasSize(1);
            client.close();
        }
        assertThat(asked(GATED)).isEqualTo(1);
        assertPaidOnce();
    }

    @Test
    void requests_without_a_key_leave_nothing_behind() {
        long before = ledger.number("select count(*) from models.claims");
        try (var customer = purse.customer()) {
            assertThat(customer.ask(PricedUpstream.WHOLE).status()).isEqualTo(200);
        }
        assertThat(ledger.number("select count(*) from models.claims")).isEqualTo(before);
    }

    @Test
    void a_key_that_is_none_is_refused() {
        for (var bad : new String[] {"", "with space", "k".repeat(256)}) {
            try (var answer = client(one).ask(bad, PricedUpstream.WHOLE, false, says)) {
                assertThat(answer.status()).isEqualTo(400);
            }
        }
        assertThat(asked(PricedUpstream.WHOLE)).isZero();
    }
}
