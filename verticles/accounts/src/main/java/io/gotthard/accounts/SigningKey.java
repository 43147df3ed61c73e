package io.gotthard.accounts;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/**
 * A public key with which an issuer's signatures are checked. Each has exactly one algorithm or, as RSA allows it, one family of
 * them: what a token says of itself never makes a key something else.
 *
 * @param kid its name
 * @param type {@code RSA} or {@code EC}
 * @param algorithm the one algorithm it is for, or null if the issuer does not say
 * @param jwk only the public numbers: a certificate or a private part that an issuer publishes with it is left out
 */
record SigningKey(String kid, String type, String algorithm, JsonObject jwk) {

    private static final int MOST_KEYS = 100;
    private static final int SHORTEST_RSA = 2048;
    private static final int LONGEST_RSA = 8192;
    private static final Map<String, String> CURVES = Map.of("ES256", "P-256", "ES384", "P-384", "ES512", "P-521");

    /** The keys of a key set that can check signatures; others are left out. */
    static Map<String, SigningKey> all(JsonObject keySet) {
        var keys = new HashMap<String, SigningKey>();
        if (keySet.getValue("keys") instanceof JsonArray list) {
            for (var each : list) {
                var key = each instanceof JsonObject jwk ? of(jwk) : null;
                if (key != null && keys.size() < MOST_KEYS) {
                    keys.put(key.kid, key);
                }
            }
        }
        return Map.copyOf(keys);
    }

    private static SigningKey of(JsonObject jwk) {
        try {
            var kid = jwk.getString("kid");
            var use = jwk.getString("use");
            if (kid == null || (use != null && !use.equals("sig"))) {
                return null;
            }
            var type = jwk.getString("kty", "");
            var numbers = switch (type) {
                case "RSA" -> rsa(jwk);
                case "EC" ->
                    new JsonObject()
                            .put("crv", jwk.getString("crv"))
                            .put("x", jwk.getString("x"))
                            .put("y", jwk.getString("y"));
                default -> null;
            };
            return numbers == null
                    ? null
                    : new SigningKey(
                            kid,
                            type,
                            jwk.getString("alg"),
                            numbers.put("kty", type).put("kid", kid));
        } catch (ClassCastException | IllegalArgumentException e) {
            return null;
        }
    }

    private static JsonObject rsa(JsonObject jwk) {
        var n = jwk.getString("n", "");
        int bits = new BigInteger(1, Base64.getUrlDecoder().decode(n)).bitLength();
        return bits < SHORTEST_RSA || bits > LONGEST_RSA
                ? null
                : new JsonObject().put("n", n).put("e", jwk.getString("e"));
    }

    /** Whether a signature by that algorithm can be checked with this key. */
    boolean fits(String wanted) {
        if (algorithm != null && !algorithm.equals(wanted)) {
            return false;
        }
        return type.equals("EC")
                ? jwk.getString("crv") != null && jwk.getString("crv").equals(CURVES.get(wanted))
                : wanted.startsWith("RS") || wanted.startsWith("PS");
    }

    /** The key, for that algorithm only. */
    JsonObject jwkFor(String wanted) {
        return jwk.copy().put("alg", wanted);
    }
}
