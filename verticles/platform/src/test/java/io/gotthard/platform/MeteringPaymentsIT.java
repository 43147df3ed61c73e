package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The webhook of a payment provider, as it comes over HTTP: what is signed are its bytes. */
class MeteringPaymentsIT {

    private static final String SECRET = "whsec-over-http";

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Hub admin;

    private final Purse purse = Purse.with(admin, "1");
    private final String event = """
        { "type":"payment.succeeded",  "id":"evt_%s",
          "wallet":"%s", "amount":"25.50", "currency":"CHF" }
        """.formatted(UUID.randomUUID(), purse.id());

    @BeforeAll
    static void start() {
        upstream = PricedUpstream.start();
        platform = RunningPlatform.start(
                PricedUpstream.configuration(upstream, "metering: {fold: 500ms, webhook_secret: " + SECRET + "}"),
                TestDatabase.url());
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        platform.close();
        upstream.close();
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }

    private static RawAnswer deliver(String body, String... signature) {
        var headers = new String[signature.length + 2];
        System.arraycopy(signature, 0, headers, 2, signature.length);
        headers[0] = "Content-Type: application/json";
        headers[1] = RawClient.length(body);
        try (var client = RawClient.to(platform.url())) {
            return client.send(RawClient.bare("POST", "/api/v1/payments/webhook", headers) + body)
                    .answer();
        }
    }

    private static RawAnswer deliverSigned(String body, String secret, long time) {
        return deliver(body, "Gotthard-Signature: " + SignedEvent.signature(secret, time, body));
    }

    private static void assertRefused(RawAnswer answer) {
        assertThat(answer.error(401).getString("code")).isEqualTo("invalid_signature");
    }

    @Test
    void a_signed_payment_is_credited_without_a_key_and_once_however_often_it_is_sent() {
        for (int i = 0; i < 3; i++) {
            var answer = deliverSigned(event, SECRET, now() - 60L * i);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json()).isEqualTo(object("received", true, "credited", true));
            assertThat(purse.balance()).isEqualTo("26.5");
        }
        var entries = admin.get("/wallets/" + purse.id() + "/entries").data();
        assertThat(entries).hasSize(2);
        assertThat(entries.getJsonObject(0).getString("kind")).isEqualTo("payment");
        assertThat(entries.getJsonObject(0).getString("amount")).isEqualTo("25.5");
    }

    @Test
    void something_else_under_the_same_id_is_refused() {
        assertThat(deliverSigned(event, SECRET, now()).status()).isEqualTo(200);
        assertThat(deliverSigned(event.replace("25.50", "2550"), SECRET, now()).status())
                .isEqualTo(409);
        assertThat(purse.balance()).isEqualTo("26.5");
    }

    @Test
    void what_is_signed_wrongly_or_not_at_all_is_refused() {
        assertRefused(deliver(event));
        assertRefused(deliver(event, "Gotthard-Signature: "));
        assertRefused(deliverSigned(event, "another secret", now()));
        var right = SignedEvent.signature(SECRET, now(), event);
        assertRefused(deliver(event.replace("25.50", "2550"), "Gotthard-Signature: " + right));
        // The same JSON, but not the same bytes.
        assertRefused(deliver(new JsonObject(event).encode(), "Gotthard-Signature: " + right));
        assertThat(purse.balance()).isEqualTo("1");
    }

    @Test
    void what_was_signed_long_ago_or_will_be_is_refused() {
        assertRefused(deliverSigned(event, SECRET, now() - 330));
        assertRefused(deliverSigned(event, SECRET, now() + 330));
        assertThat(purse.balance()).isEqualTo("1");
    }

    @Test
    void an_administrators_key_is_no_signature() {
        assertRefused(deliver(event, "Authorization: Bearer " + RunningPlatform.KEY));
        assertThat(purse.balance()).isEqualTo("1");
    }

    @Test
    void what_was_paid_can_be_spent_at_once() {
        var poor = Purse.with(admin, "0.00001");
        try (var customer = poor.customer()) {
            assertThat(customer.ask(PricedUpstream.WHOLE).code()).isEqualTo("insufficient_quota");
            assertThat(deliverSigned(event.replace(purse.id(), poor.id()), SECRET, now())
                            .status())
                    .isEqualTo(200);
            Await.until(
                    "the payment is spent",
                    () -> customer.ask(PricedUpstream.WHOLE).answered());
        }
    }
}
