package io.gotthard.accounts;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a browser alone knows of its login: 256 random bits, from which state, nonce and the verifier of PKCE are derived. Each depends
 * on the issuer and the page to return to, so neither can be exchanged under way. Nothing is stored here.
 *
 * @param text the random bits, base64url
 * @param about what the login is about
 */
record LoginSecret(String text, String about) {

    private static final SecureRandom RANDOM = new SecureRandom();

    /** A new one. */
    static LoginSecret random(String issuer, String returnTo) {
        return new LoginSecret(randomText(), about(issuer, returnTo));
    }

    /** The one that the browser brought back; whether it is the right one, the state tells. */
    static LoginSecret of(String text, String issuer, String returnTo) {
        return new LoginSecret(text, about(issuer, returnTo));
    }

    /** 256 random bits, base64url. */
    static String randomText() {
        var bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return text(bytes);
    }

    private static String about(String issuer, String returnTo) {
        return issuer + "\n" + returnTo;
    }

    String state() {
        return derived("state");
    }

    /** Whether a state is this login's; takes the same time wherever it differs. */
    boolean isState(String given) {
        return MessageDigest.isEqual(state().getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    String nonce() {
        return derived("nonce");
    }

    /** 43 characters, as RFC 7636 wants them. */
    String verifier() {
        return derived("verifier");
    }

    /** What the issuer is told of the verifier: its SHA-256. */
    String challenge() {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            return text(sha256.digest(verifier().getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    private String derived(String what) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return text(mac.doFinal((what + "\n" + about).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("Every Java has HMAC-SHA-256", e);
        }
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "LoginSecret";
    }
}
