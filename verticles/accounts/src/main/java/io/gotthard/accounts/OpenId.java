package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/** Who comes by OpenID Connect: with a token of an issuer, or with the session of a browser that logged in there. */
final class OpenId {

    private final IssuerClient client;
    private final Tokens tokens;
    private final Identities identities;
    private final Sessions sessions;
    private final Logins logins;

    OpenId(Vertx vertx, Database database, List<OidcIssuer> settings) {
        client = new IssuerClient(vertx);
        var issuers =
                settings.stream().map(issuer -> new Issuer(issuer, client)).toList();
        tokens = new Tokens(vertx, issuers);
        identities = new Identities(database);
        sessions = new Sessions(database);
        logins = new Logins(issuers, client, tokens, identities, sessions);
    }

    Logins logins() {
        return logins;
    }

    /** Whether a call of {@code accounts.verifyCredential} is for this class, and not for API keys. */
    static boolean isFor(Call call) {
        return call.parameters().containsKey("token") || call.parameters().containsKey("session");
    }

    /** Serves these calls: fails with 401 if the token or the session is not good, whatever the reason. */
    Future<Answer> verify(Call call) {
        var session = call.parameters().get("session");
        if (session != null) {
            return sessions.verify(session).map(found -> Answer.json(found.toBuffer()));
        }
        var token = call.parameters().get("token");
        return tokens.verify(token)
                .compose(verified -> identities.signIn(verified, call).map(account -> {
                    var keyId = "tok_" + ApiKey.hash(token).substring(0, 16);
                    return Answer.json(
                            Principal.json(account, keyId, verified.expires()).toBuffer());
                }));
    }

    Future<Void> close() {
        return client.close();
    }
}
