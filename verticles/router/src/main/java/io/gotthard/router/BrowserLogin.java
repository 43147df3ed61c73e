package io.gotthard.router;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Credential;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Login and logout of browsers: {@code GET /login} leads to the issuer, which leads back to {@code GET /login/callback};
 * {@code POST /logout} ends the session here and at the issuer. Accounts know issuers and sessions; this knows cookies.
 *
 * <p>Nothing is stored of a login that has begun: the browser keeps it in a cookie, and accounts derive from that what the issuer has
 * to repeat. So it may come back to any node, and beginning a million logins costs no memory.
 */
final class BrowserLogin {

    private static final long LOGIN_SECONDS = Duration.ofMinutes(10).toSeconds();
    private static final int LONGEST = 4096;

    /** A path on this site, whatever a browser makes of it: {@code //} and {@code /\} would lead to another one. */
    private static final Pattern LOCAL =
            Pattern.compile("/(?:[A-Za-z0-9._~!$&'()*+,;=:@%-][A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,500})?");

    private static final String CALLBACK = "/login/callback";

    private final Bus bus;
    private final SessionCookies cookies;

    BrowserLogin(Bus bus, SessionCookies cookies) {
        this.bus = bus;
        this.cookies = cookies;
    }

    /** Adds the routes. */
    void mount(Router router) {
        router.get("/login").handler(this::begin);
        router.get(CALLBACK).handler(this::finish);
        router.post("/logout").handler(this::logout);
    }

    private void begin(RoutingContext context) {
        Exchange.of(context).operation = "beginLogin";
        var origin = cookies.origin(context.request());
        var parameters = new HashMap<String, String>();
        parameters.put("redirect_uri", origin + CALLBACK);
        parameters.put("return_to", returnTo(context.request().getParam("return_to")));
        parameters.put("issuer", limited(context.request().getParam("issuer", "")));
        ask(context, "accounts.beginLogin", parameters)
                .onSuccess(begun -> {
                    var state = new JsonObject()
                            .put("secret", begun.getString("secret"))
                            .put("issuer", begun.getString("issuer"))
                            .put("return_to", parameters.get("return_to"));
                    cookies.setLogin(context.response(), encoded(state), LOGIN_SECONDS);
                    redirect(context, begun.getString("location"));
                })
                .onFailure(context::fail);
    }

    private static String returnTo(String given) {
        var path = given == null || given.isEmpty() ? "/" : given;
        if (!LOCAL.matcher(path).matches()) {
            throw Failure.invalid("return_to", "'return_to' must be a path on this site.");
        }
        return path;
    }

    private static String limited(String text) {
        if (text.length() > LONGEST) {
            throw Failure.refused(400, "invalid_login", "A parameter is too long.");
        }
        return text;
    }

    private void finish(RoutingContext context) {
        Exchange.of(context).operation = "finishLogin";
        var request = context.request();
        var origin = cookies.origin(request);
        var begun = decoded(cookies.login(request));
        // It is good once, whatever comes of it.
        cookies.setLogin(context.response(), "", 0);
        var parameters = new HashMap<String, String>();
        parameters.put("redirect_uri", origin + CALLBACK);
        for (var name : new String[] {"secret", "issuer", "return_to"}) {
            parameters.put(name, begun.getValue(name) instanceof String text ? text : "");
        }
        for (var name : new String[] {"code", "state", "iss"}) {
            parameters.put(name, limited(request.getParam(name, "")));
        }
        var home = returnTo(parameters.get("return_to"));
        ask(context, "accounts.finishLogin", parameters)
                .onSuccess(session -> {
                    long seconds = Duration.between(Instant.now(), session.getInstant("expires_at"))
                            .toSeconds();
                    cookies.setSession(context.response(), session.getString("session"), seconds);
                    redirect(context, home);
                })
                .onFailure(context::fail);
    }

    private void logout(RoutingContext context) {
        Exchange.of(context).operation = "endLogin";
        var session = cookies.session(context.request());
        cookies.refuseForeignPages(context.request());
        cookies.setSession(context.response(), "", 0);
        if (session == null) {
            redirect(context, "/");
            return;
        }
        var parameters =
                Map.of("session", Credential.hash(session), "redirect_uri", cookies.origin(context.request()) + "/");
        ask(context, "accounts.endLogin", parameters)
                .onSuccess(ended -> redirect(context, ended.getString("location", "/")))
                .onFailure(context::fail);
    }

    private Future<JsonObject> ask(RoutingContext context, String address, Map<String, String> parameters) {
        var call = new Call(
                bus.nextId(),
                Exchange.of(context).requestId,
                Caller.NOBODY,
                context.request().remoteAddress().hostAddress(),
                Map.copyOf(parameters),
                null);
        return bus.ask(address, call).next().map(answer -> new JsonObject(answer.body()));
    }

    private static void redirect(RoutingContext context, String location) {
        Exchange.of(context).answering();
        context.response()
                .setStatusCode(303)
                .putHeader(HttpHeaders.LOCATION, location)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                // The address of the callback has the code in it.
                .putHeader("referrer-policy", "no-referrer")
                .end();
    }

    private static String encoded(JsonObject state) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(state.toBuffer().getBytes());
    }

    private static JsonObject decoded(String cookie) {
        try {
            return new JsonObject(
                    new String(Base64.getUrlDecoder().decode(cookie == null ? "" : cookie), StandardCharsets.UTF_8));
        } catch (RuntimeException e) {
            throw Failure.refused(400, "login_failed", "No login is under way. Begin it at /login.");
        }
    }
}
