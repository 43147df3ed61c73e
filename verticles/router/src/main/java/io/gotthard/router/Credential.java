package io.gotthard.router;

import io.gotthard.contracts.Failure;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * What a request shows of who it is from: an API key or a token in the header {@code Authorization}, from Anthropic's
 * clients also in a header of their own, or the cookie of a browser's session.
 *
 * @param kind how accounts call it: {@code hash}, {@code token} or {@code session}
 * @param value what accounts are asked for: only a token leaves this class as it is
 * @param id what it is remembered by; accounts announce a changed key by its hash, and an ended session as {@code session:<hash>}
 */
record Credential(String kind, String value, String id) {

    /** No real key is so long; a hash over less is cheap. */
    private static final int LONGEST_KEY = 512;

    private static final int LONGEST_TOKEN = 8 * 1024;
    private static final Pattern TOKEN = Pattern.compile("eyJ[^.]*\\.[^.]*\\.[^.]*");

    /** Sessions are for our own pages, which call the native API. */
    private static final String FOR_SESSIONS = "/api/v1/";

    /**
     * The credential of a request.
     *
     * @throws Failure 401 if there is none, and 403 if a browser sends a session's cookie from somebody else's page
     */
    static Credential of(HttpServerRequest request, SessionCookies cookies) {
        var header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header != null) {
            return bearer(header);
        }
        var keyHeader = Dialect.of(request).keyHeader();
        var key = keyHeader == null ? null : request.getHeader(keyHeader);
        if (key != null) {
            return of(key.strip());
        }
        var session = request.path().startsWith(FOR_SESSIONS) ? cookies.session(request) : null;
        if (session != null) {
            cookies.refuseForeignPages(request);
            var hash = hash(session);
            return new Credential("session", hash, "session:" + hash);
        }
        throw Failure.unauthorized(
                "You didn't provide an API key. Send it in the header 'Authorization: Bearer YOUR_KEY'.");
    }

    private static Credential bearer(String header) {
        return of(
                header.regionMatches(true, 0, "Bearer ", 0, 7)
                        ? header.substring(7).strip()
                        : "");
    }

    private static Credential of(String text) {
        boolean token = text.length() <= LONGEST_TOKEN && TOKEN.matcher(text).matches();
        if (text.isEmpty() || (!token && text.length() > LONGEST_KEY)) {
            throw incorrect();
        }
        var hash = hash(text);
        return token ? new Credential("token", text, "token:" + hash) : new Credential("hash", hash, hash);
    }

    /** The same for all that is wrong with one. */
    static Failure incorrect() {
        return Failure.unauthorized("Incorrect API key provided.");
    }

    /** The SHA-256 of the UTF-8 text in lower-case hexadecimal. */
    static String hash(String text) {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "Credential[" + id + "]";
    }
}
