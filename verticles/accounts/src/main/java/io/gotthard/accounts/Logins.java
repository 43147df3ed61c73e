package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logins of browsers: OpenID Connect's authorization code flow with PKCE, state and nonce. Router knows the browser, this knows the
 * issuer; what belongs to one login is the browser's {@link LoginSecret}.
 */
final class Logins {

    private static final Logger LOG = LoggerFactory.getLogger(Logins.class);

    private final List<Issuer> issuers;
    private final IssuerClient client;
    private final Tokens tokens;
    private final Identities identities;
    private final Sessions sessions;

    Logins(List<Issuer> issuers, IssuerClient client, Tokens tokens, Identities identities, Sessions sessions) {
        this.issuers = issuers.stream()
                .filter(issuer -> issuer.settings().clientId() != null)
                .toList();
        this.client = client;
        this.tokens = tokens;
        this.identities = identities;
        this.sessions = sessions;
    }

    /** Serves {@code accounts.beginLogin}: where to send the browser, and what it has to keep. */
    Future<Answer> begin(Call call) {
        var named = call.parameters().get("issuer");
        var issuer = named.isEmpty() ? issuers.stream().findFirst().orElse(null) : issuer(named);
        if (issuer == null) {
            return Future.failedFuture(
                    Failure.refused(404, "login_unavailable", "There is no such issuer to log in with."));
        }
        var settings = issuer.settings();
        var secret = LoginSecret.random(settings.issuer(), call.parameters().get("return_to"));
        return description(issuer).map(found -> {
            var query = Form.of(Map.of(
                    "response_type", "code",
                    "client_id", settings.clientId(),
                    "redirect_uri", call.parameters().get("redirect_uri"),
                    "scope", String.join(" ", settings.scopes()),
                    "state", secret.state(),
                    "nonce", secret.nonce(),
                    "code_challenge", secret.challenge(),
                    "code_challenge_method", "S256"));
            return Answer.json(new JsonObject()
                    .put("location", with(found.getString("authorization_endpoint"), query))
                    .put("secret", secret.text())
                    .put("issuer", settings.issuer())
                    .toBuffer());
        });
    }

    /** Serves {@code accounts.finishLogin}: a session for who comes back from the issuer. */
    Future<Answer> finish(Call call) {
        var given = call.parameters();
        var issuer = issuer(given.get("issuer"));
        var secret = LoginSecret.of(given.get("secret"), given.get("issuer"), given.get("return_to"));
        if (issuer == null || given.get("secret").isEmpty() || !secret.isState(given.get("state"))) {
            return failed("the state is not this browser's");
        }
        // RFC 9207: an issuer that says its name says the right one.
        if (given.get("code").isEmpty()
                || !(given.get("iss").isEmpty()
                        || given.get("iss").equals(issuer.settings().issuer()))) {
            return failed("the issuer gave no code");
        }
        return description(issuer)
                .compose(found -> exchange(issuer.settings(), found, secret, given))
                .compose(answer -> verified(issuer.settings(), secret, answer))
                .compose(verified -> identities.signIn(verified, call))
                .compose(account -> sessions.open(
                        account, issuer.settings().issuer(), issuer.settings().session()))
                .map(opened -> Answer.json(opened.toBuffer()));
    }

    /** Serves {@code accounts.endLogin}: ends a session, and says where the browser ends the issuer's. */
    Future<Answer> end(Call call) {
        return sessions.close(call.parameters().get("session")).compose(name -> {
            var issuer = name == null ? null : issuer(name);
            var here = Answer.json(new JsonObject().toBuffer());
            if (issuer == null) {
                return Future.succeededFuture(here);
            }
            return issuer.description()
                    .map(found -> {
                        var endpoint = found.getString("end_session_endpoint");
                        if (endpoint == null || !OidcIssuer.isSafe(endpoint)) {
                            return here;
                        }
                        var query = Form.of(Map.of(
                                "client_id", issuer.settings().clientId(),
                                "post_logout_redirect_uri", call.parameters().get("redirect_uri")));
                        return Answer.json(new JsonObject()
                                .put("location", with(endpoint, query))
                                .toBuffer());
                    })
                    // Out here is out, even if the issuer can't be reached.
                    .otherwise(here);
        });
    }

    private Issuer issuer(String name) {
        return issuers.stream()
                .filter(issuer -> issuer.settings().issuer().equals(name))
                .findFirst()
                .orElse(null);
    }

    private Future<JsonObject> exchange(
            OidcIssuer settings, JsonObject found, LoginSecret secret, Map<String, String> given) {
        var form = new HashMap<>(Map.of(
                "grant_type", "authorization_code",
                "code", given.get("code"),
                "redirect_uri", given.get("redirect_uri"),
                "client_id", settings.clientId(),
                "code_verifier", secret.verifier()));
        String authorization = null;
        if (settings.clientSecret() != null) {
            var methods = found.getJsonArray("token_endpoint_auth_methods_supported", new JsonArray());
            if (methods.contains("client_secret_post") && !methods.contains("client_secret_basic")) {
                form.put("client_secret", settings.clientSecret());
            } else {
                authorization = Form.basic(settings.clientId(), settings.clientSecret());
            }
        }
        return client.post(found.getString("token_endpoint", ""), authorization, Form.of(form))
                .recover(cause -> failed("the issuer does not take the code: " + cause.getMessage()));
    }

    /** The id token says who it is; an access token for us, if there is one, may say more of what they may do. */
    private Future<Tokens.Verified> verified(OidcIssuer settings, LoginSecret secret, JsonObject answer) {
        if (!(answer.getValue("id_token") instanceof String idToken)) {
            return failed("the issuer gave no id token");
        }
        return tokens.verify(idToken, OidcIssuer::clientId)
                .compose(id -> {
                    var party = id.claims().getValue("azp");
                    if (!id.issuer().equals(settings)
                            || !secret.nonce().equals(id.claims().getValue("nonce"))
                            || (party != null && !party.equals(settings.clientId()))) {
                        return failed("the id token is not for this login");
                    }
                    return answer.getValue("access_token") instanceof String access
                            ? tokens.verify(access)
                                    .map(more -> together(id, more))
                                    .otherwise(id)
                            : Future.succeededFuture(id);
                })
                .recover(cause -> Failure.of(cause).status() == 401
                        ? failed("the id token is not good")
                        : Future.failedFuture(cause));
    }

    private static Tokens.Verified together(Tokens.Verified id, Tokens.Verified access) {
        boolean same = access.issuer().equals(id.issuer())
                && id.claims().getValue("sub") != null
                && id.claims().getValue("sub").equals(access.claims().getValue("sub"));
        return same ? new Tokens.Verified(id.issuer(), access.claims().copy().mergeIn(id.claims()), id.expires()) : id;
    }

    private static Future<JsonObject> description(Issuer issuer) {
        return issuer.description().recover(cause -> {
            LOG.warn("{} can't be asked for a login: {}", issuer.settings(), cause.getMessage());
            return Future.failedFuture(Failure.unavailable("The issuer can't be reached at the moment."));
        });
    }

    private static String with(String endpoint, String query) {
        if (endpoint == null || !OidcIssuer.isSafe(endpoint)) {
            throw Failure.unavailable("The issuer can't be used for logins.");
        }
        return endpoint + (endpoint.contains("?") ? "&" : "?") + query;
    }

    private static <T> Future<T> failed(String why) {
        LOG.debug("A login failed: {}", why);
        return Future.failedFuture(
                Failure.refused(400, "login_failed", "The login failed or took too long. Begin it again at /login."));
    }
}
