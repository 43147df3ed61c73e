package io.gotthard.router;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Credential;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/**
 * What a request shows of who it is from: an API key or a token in the header {@code Authorization}, from Anthropic's
 * clients also in a header of their own, or the cookie of a browser's session.
 */
final class Shown {

    /** Sessions are for our own pages, which call the native API. */
    private static final String FOR_SESSIONS = "/api/v1/";

    private Shown() {}

    /**
     * The credential of a request.
     *
     * @throws Failure 401 if there is none, and 403 if a browser sends a session's cookie from somebody else's page
     */
    static Credential by(HttpServerRequest request, SessionCookies cookies) {
        var explicit = inHeader(request);
        if (explicit != null) {
            return explicit;
        }
        var session = request.path().startsWith(FOR_SESSIONS) ? cookies.session(request) : null;
        if (session != null) {
            cookies.refuseForeignPages(request);
            return Credential.ofSession(session);
        }
        throw Failure.unauthorized(
                "You didn't provide an API key. Send it in the header 'Authorization: Bearer YOUR_KEY'.");
    }

    /** The one in a header, or null. */
    static Credential inHeader(HttpServerRequest request) {
        var header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header != null) {
            return Credential.of(
                    header.regionMatches(true, 0, "Bearer ", 0, 7)
                            ? header.substring(7).strip()
                            : "");
        }
        var keyHeader = Dialect.of(request).keyHeader();
        var key = keyHeader == null ? null : request.getHeader(keyHeader);
        return key == null ? null : Credential.of(key.strip());
    }
}
