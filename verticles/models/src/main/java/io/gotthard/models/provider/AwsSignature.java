package io.gotthard.models.provider;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Amazon's Signature Version 4 of requests without a query.
 *
 * @param sessionToken goes with temporary keys, or null
 */
record AwsSignature(String region, String service, String accessKeyId, String secretAccessKey, String sessionToken) {

    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /**
     * The headers that sign a request.
     *
     * @param host as the header of that name has it
     * @param path encoded, as it is sent
     */
    Map<String, String> headers(String method, String host, String path, byte[] body, Instant now) {
        var time = TIME.format(now);
        var headers = new TreeMap<String, String>();
        headers.put("x-amz-date", time);
        if (sessionToken != null) {
            headers.put("x-amz-security-token", sessionToken);
        }
        var signed = new TreeMap<>(headers);
        signed.put("host", host);
        var names = String.join(";", signed.keySet());
        var values = signed.entrySet().stream()
                .map(header -> header.getKey() + ":" + header.getValue() + "\n")
                .collect(Collectors.joining());
        // Encoded once more, for every service but S3.
        var canonical = String.join("\n", method, path.replace("%", "%25"), "", values, names, hash(body));
        var scope = String.join("/", time.substring(0, 8), region, service, "aws4_request");
        var text = String.join("\n", ALGORITHM, time, scope, hash(canonical.getBytes(StandardCharsets.UTF_8)));
        headers.put(
                "authorization",
                ALGORITHM + " Credential=" + accessKeyId + "/" + scope + ", SignedHeaders=" + names + ", Signature="
                        + HexFormat.of().formatHex(hmac(key(time.substring(0, 8)), text)));
        return headers;
    }

    private byte[] key(String day) {
        var key = ("AWS4" + secretAccessKey).getBytes(StandardCharsets.UTF_8);
        for (var part : new String[] {day, region, service, "aws4_request"}) {
            key = hmac(key, part);
        }
        return key;
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Not the secrets. */
    @Override
    public String toString() {
        return "AwsSignature[" + region + ", " + service + ", " + accessKeyId + "]";
    }
}
