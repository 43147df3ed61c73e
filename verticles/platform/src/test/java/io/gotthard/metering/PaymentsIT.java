package io.gotthard.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Caller;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a payment provider says, and what somebody says who would like to be one. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class PaymentsIT {

    private static final long UNIT = 1_000_000_000;
    private static final String SECRET = "whsec-of-the-test";

    @TempDir
    private static Path temp;

    private static MeterNode node;

    private final Caller caller = MeterNode.stranger();
    private final String wallet = node.wallet(caller.tenant(), 0);

    @BeforeAll
    static void start() {
        node = MeterNode.start(TestDatabase.url(), temp);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static String sign(String secret, long time, String body) throws Exception {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        return "t=" + time + ",v1=" + HexFormat.of().formatHex(mac.doFinal((time + "." + body).getBytes(UTF_8)));
    }

    private JsonObject payment(String id, String amount) {
        return new JsonObject()
                .put("id", id)
                .put("type", "payment.succeeded")
                .put("wallet", wallet)
                .put("amount", amount)
                .put("currency", "CHF");
    }

    private static JsonObject deliver(String signature, JsonObject event) {
        return node.ask("metering.takePayment", Caller.NOBODY, Map.of("gotthard-signature", signature), event);
    }

    private static String deliver(String secret, long secondsAgo, JsonObject event) throws Exception {
        var signature = sign(secret, System.currentTimeMillis() / 1000 - secondsAgo, event.encode());
        return MeterNode.refusal(() -> deliver(signature, event));
    }

    @Test
    void a_payment_that_is_signed_counts_once_however_often_it_comes() throws Exception {
        var event = payment(UUID.randomUUID().toString(), "25");
        assertThat(MeterNode.atOnce(20, () -> {
                    var refused = deliver(SECRET, 0, event);
                    if (!refused.equals("none")) {
                        throw new AssertionError(refused);
                    }
                    return refused;
                }))
                .containsOnly("none");
        assertThat(deliver(SECRET, 100, event)).isEqualTo("none");
        assertThat(node.balance(wallet)).isEqualTo(25 * UNIT);
        assertThat(deliver(SECRET, 0, event.copy().put("amount", "26"))).isEqualTo("409 reference_used");
        assertThat(node.balance(wallet)).isEqualTo(25 * UNIT);
    }

    @Test
    void a_payment_that_is_not_signed_rightly_does_not_count() throws Exception {
        var event = payment(UUID.randomUUID().toString(), "25");
        var now = System.currentTimeMillis() / 1000;
        var right = sign(SECRET, now, event.encode());
        assertThat(deliver("another secret", 0, event)).isEqualTo("401 invalid_signature");
        assertThat(deliver(SECRET, 301, event)).isEqualTo("401 invalid_signature");
        assertThat(deliver(SECRET, -310, event)).isEqualTo("401 invalid_signature");
        var more = event.copy().put("amount", "2500");
        assertThat(MeterNode.refusal(() -> deliver(right, more))).isEqualTo("401 invalid_signature");
        var later = right.replace("t=" + now, "t=" + (now + 1));
        assertThat(MeterNode.refusal(() -> deliver(later, event))).isEqualTo("401 invalid_signature");
        assertThat(MeterNode.refusal(() -> node.ask("metering.takePayment", Caller.NOBODY, Map.of(), event)))
                .isEqualTo("401 invalid_signature");
        assertThat(node.balance(wallet)).isZero();
    }

    @Test
    void a_signed_event_that_is_no_payment_for_a_wallet_moves_nothing() throws Exception {
        var event = payment(UUID.randomUUID().toString(), "25");
        assertThat(deliver(SECRET, 0, event.copy().put("currency", "EUR"))).isEqualTo("400 null");
        assertThat(deliver(SECRET, 0, event.copy().put("amount", "0"))).isEqualTo("400 null");
        assertThat(deliver(SECRET, 0, event.copy().putNull("amount"))).isEqualTo("400 null");
        assertThat(deliver(SECRET, 0, event.copy().put("wallet", "wal_0"))).isEqualTo("404 not_found");
        assertThat(deliver(SECRET, 0, event.copy().put("type", "payment.failed")))
                .isEqualTo("none");
        assertThat(node.balance(wallet)).isZero();
        assertThat(deliver(SECRET, 0, event)).isEqualTo("none");
        assertThat(node.balance(wallet)).isEqualTo(25 * UNIT);
    }
}
