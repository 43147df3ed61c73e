package io.gotthard.kit;

import io.gotthard.contracts.Failure;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What somebody shows to say who they are: an API key, a token, or a browser's session.
 *
 * @param kind how accounts call it: {@code hash}, {@code token}, {@code session}, or {@code renewal}
 * @param parameters what accounts are asked with: only a token is in it as it is
 * @param id what it is remembered by; accounts announce a changed key by its hash, and an ended session as {@code session:<hash>}
 */
public record Credential(String kind, Map<String, String> parameters, String id) {

    /** No real key is so long; a hash over less is cheap. */
    private static final int LONGEST_KEY = 512;

    private static final int LONGEST_TOKEN = 8 * 1024;
    private static final Pattern TOKEN = Pattern.compile("eyJ[^.]*\\.[^.]*\\.[^.]*");

    /**
     * An API key or a token.
     *
     * @throws Failure 401 if it can be neither
     */
    public static Credential of(String text) {
        boolean token = text.length() <= LONGEST_TOKEN && TOKEN.matcher(text).matches();
        if (text.isEmpty() || (!token && text.length() > LONGEST_KEY)) {
            throw incorrect();
        }
        var hash = hash(text);
        return token
                ? new Credential("token", Map.of("token", text), "token:" + hash)
                : new Credential("hash", Map.of("hash", hash), hash);
    }

    /** A browser's session, by what its cookie says. */
    public static Credential ofSession(String cookie) {
        var hash = hash(cookie);
        return new Credential("session", Map.of("session", hash), "session:" + hash);
    }

    /** One that was verified before, by what is known of it since: its {@link io.gotthard.contracts.Caller#keyId}, account and tenant. */
    public static Credential renewed(String keyId, String account, String tenant) {
        var known = Map.of("key", keyId, "account", account, "tenant", tenant);
        return new Credential("renewal", known, "renewal:" + keyId + ":" + account + ":" + tenant);
    }

    /** The same for all that is wrong with one. */
    public static Failure incorrect() {
        return Failure.unauthorized("Incorrect API key provided.");
    }

    /** The SHA-256 of the UTF-8 text in lower-case hexadecimal. */
    public static String hash(String text) {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** Which operation of accounts verifies it. */
    String address() {
        return kind.equals("renewal") ? "accounts.renewCaller" : "accounts.verifyCredential";
    }

    /** Whether a change that was announced by this id may concern it. */
    public boolean concernedBy(String changed) {
        // Of one that is renewed only its key's id is known, and changes are announced by hashes.
        return changed.isEmpty() || changed.equals(id) || kind.equals("renewal");
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "Credential[" + id + "]";
    }
}
