package io.gotthard.router;

import io.gotthard.contracts.Failure;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The cookies of browsers: one for a session, and one for a login that is under way. No script can read them, other sites' pages
 * don't send them with a form or a script, and where there is https, only https has them and no other host can set them.
 *
 * <p>What changes something is besides only accepted from our own pages: a browser says in {@code Origin} where a request comes from,
 * and no page can make it say something else.
 */
final class SessionCookies {

    private static final String SESSION = "gotthard-session";
    private static final String LOGIN = "gotthard-login";
    private static final int LONGEST = 2048;
    private static final Set<HttpMethod> HARMLESS = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final Pattern THIS_MACHINE = Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])(:\\d{1,5})?");

    private final String publicUrl;

    /**
     * Cookies for a site.
     *
     * @param publicUrl scheme, host and port under which browsers know us, or null if that is only this machine
     */
    SessionCookies(String publicUrl) {
        this.publicUrl = publicUrl;
    }

    /**
     * Scheme, host and port under which the browser knows us. What the request says of that is only believed on this machine.
     *
     * @throws Failure if that is not known
     */
    String origin(HttpServerRequest request) {
        if (publicUrl != null) {
            return publicUrl;
        }
        var host = request.getHeader(HttpHeaders.HOST);
        if (host == null || !THIS_MACHINE.matcher(host).matches()) {
            throw Failure.refused(400, "public_url_unknown", "Browsers can't log in here: http.public_url is not set.");
        }
        return "http://" + host;
    }

    /** Refuses with 403 what would change something and does not come from one of our own pages. */
    void refuseForeignPages(HttpServerRequest request) {
        if (HARMLESS.contains(request.method())) {
            return;
        }
        var origin = request.getHeader(HttpHeaders.ORIGIN);
        boolean own = origin == null
                ? "same-origin".equals(request.getHeader("sec-fetch-site"))
                : origin.equals(origin(request));
        if (!own) {
            throw Failure.forbidden("A session can only be used from the pages of this site.");
        }
    }

    /** The session that the browser sent, or null. */
    String session(HttpServerRequest request) {
        return read(request, SESSION);
    }

    /** The login under way that the browser sent, or null. */
    String login(HttpServerRequest request) {
        return read(request, LOGIN);
    }

    private String read(HttpServerRequest request, String name) {
        var cookie = request.getCookie(prefixed(name));
        return cookie == null
                        || cookie.getValue().isEmpty()
                        || cookie.getValue().length() > LONGEST
                ? null
                : cookie.getValue();
    }

    /** Gives the browser a session for so many seconds; 0 takes it away. */
    void setSession(HttpServerResponse response, String value, long seconds) {
        response.addCookie(cookie(SESSION, value, seconds));
    }

    /** Gives the browser a login under way for so many seconds; 0 takes it away. */
    void setLogin(HttpServerResponse response, String value, long seconds) {
        response.addCookie(cookie(LOGIN, value, seconds));
    }

    private Cookie cookie(String name, String value, long seconds) {
        return Cookie.cookie(prefixed(name), value)
                .setPath("/")
                .setHttpOnly(true)
                .setSecure(isSecure())
                .setSameSite(CookieSameSite.LAX)
                .setMaxAge(seconds);
    }

    private boolean isSecure() {
        return publicUrl != null && publicUrl.startsWith("https:");
    }

    private String prefixed(String name) {
        return isSecure() ? "__Host-" + name : name;
    }
}
