package io.gotthard.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Whether a message was signed with a secret, in the last five minutes: {@code t=<seconds since 1970>,v1=<hex>}, the latter being the
 * HMAC-SHA-256 of {@code <t>.<body>}. There may be several {@code v1}, while the secret is being replaced by another; one suffices.
 */
final class Signature {

    private static final String ALGORITHM = "HmacSHA256";
    private static final long TOLERANCE_SECONDS = 300;
    private static final int LONGEST = 1_000;
    private static final int DIGITS = 64;

    private final SecretKeySpec secret;
    private final LongSupplier clock;

    /**
     * A signature's check.
     *
     * @param clock milliseconds since 1970
     */
    Signature(String secret, LongSupplier clock) {
        this.secret = new SecretKeySpec(secret.getBytes(UTF_8), ALGORITHM);
        this.clock = clock;
    }

    /** Whether the header, which may be null, signs the body. */
    boolean isOf(String header, Buffer body) {
        if (header == null || header.length() > LONGEST) {
            return false;
        }
        String time = null;
        boolean signed = false;
        var parts = header.split(",");
        for (var part : parts) {
            if (part.strip().startsWith("t=")) {
                if (time != null) {
                    return false;
                }
                time = part.strip().substring(2);
            }
        }
        if (time == null || !isRecent(time)) {
            return false;
        }
        var expected = hmac(time, body);
        for (var part : parts) {
            if (part.strip().startsWith("v1=")) {
                signed |= isSame(expected, part.strip().substring(3));
            }
        }
        return signed;
    }

    private boolean isRecent(String time) {
        if (time.isEmpty() || time.length() > 12 || !time.chars().allMatch(digit -> digit >= '0' && digit <= '9')) {
            return false;
        }
        return Math.abs(clock.getAsLong() / 1000 - Long.parseLong(time)) <= TOLERANCE_SECONDS;
    }

    private byte[] hmac(String time, Buffer body) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            mac.update((time + ".").getBytes(UTF_8));
            return mac.doFinal(body.getBytes());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes as long for a nearly right one as for a wrong one. */
    private static boolean isSame(byte[] expected, String hex) {
        if (hex.length() != DIGITS) {
            return false;
        }
        try {
            return MessageDigest.isEqual(expected, HexFormat.of().parseHex(hex));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
