package io.gotthard.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class SignatureTest {

    private static final String SECRET = "whsec-of-the-test";
    private static final long NOW = 1_700_000_000;
    private static final Buffer BODY = Buffer.buffer("{\"id\":\"evt_1\"}");

    private final Signature signature = new Signature(SECRET, () -> NOW * 1000);

    private static String hmac(String secret, String text) throws Exception {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(text.getBytes(UTF_8)));
    }

    private static String header(long time) throws Exception {
        return "t=" + time + ",v1=" + hmac(SECRET, time + "." + BODY);
    }

    @Test
    void what_was_signed_now_is_believed() throws Exception {
        assertThat(signature.isOf(header(NOW), BODY)).isTrue();
    }

    /** From {@code printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec-of-the-test}. */
    @Test
    void the_signature_is_what_openssl_makes() {
        var made = "b56eb26212af3de0b7495bfe6ded6b954cdbdf231df647e79a93fb2b72b5ea53";
        assertThat(signature.isOf("t=1700000000,v1=" + made, BODY)).isTrue();
    }

    @Test
    void five_minutes_are_tolerated_in_both_directions_and_no_second_more() throws Exception {
        assertThat(signature.isOf(header(NOW - 300), BODY)).isTrue();
        assertThat(signature.isOf(header(NOW + 300), BODY)).isTrue();
        assertThat(signature.isOf(header(NOW - 301), BODY)).isFalse();
        assertThat(signature.isOf(header(NOW + 301), BODY)).isFalse();
    }

    @Test
    void another_body_time_or_secret_is_not_believed() throws Exception {
        assertThat(signature.isOf(header(NOW), Buffer.buffer("{\"id\":\"evt_2\"}")))
                .isFalse();
        assertThat(signature.isOf(header(NOW).replace("t=" + NOW, "t=" + (NOW + 1)), BODY))
                .isFalse();
        var foreign = "t=" + NOW + ",v1=" + hmac("another", NOW + "." + BODY);
        assertThat(signature.isOf(foreign, BODY)).isFalse();
    }

    @Test
    void one_right_signature_of_several_suffices() throws Exception {
        var header = "t=" + NOW + ",v1=" + "0".repeat(64) + ", v1=" + hmac(SECRET, NOW + "." + BODY);
        assertThat(signature.isOf(header, BODY)).isTrue();
    }

    @Test
    void a_time_that_is_there_twice_is_not_believed() throws Exception {
        assertThat(signature.isOf("t=" + (NOW - 1) + "," + header(NOW), BODY)).isFalse();
        assertThat(signature.isOf(header(NOW) + ",t=" + (NOW - 1), BODY)).isFalse();
    }

    @Test
    void whatever_else_is_sent_is_not_believed() throws Exception {
        var right = hmac(SECRET, NOW + "." + BODY);
        assertThat(signature.isOf(null, BODY)).isFalse();
        for (var header : new String[] {
            "",
            ",",
            "t=,v1=" + right,
            "t=" + NOW,
            "v1=" + right,
            "t=" + NOW + ",v0=" + right,
            "t=" + NOW + ",v1=",
            "t=" + NOW + ",v1=" + right.substring(2),
            "t=" + NOW + ",v1=" + right + "00",
            "t=" + NOW + ",v1=" + "g".repeat(64),
            "t=-" + NOW + ",v1=" + right,
            "t=99999999999999999999,v1=" + right,
            "t=٣,v1=" + right,
            "t=" + NOW + ",v1=" + right + ",".repeat(2000)
        }) {
            assertThat(signature.isOf(header, BODY)).as(header).isFalse();
        }
    }
}
