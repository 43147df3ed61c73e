package io.gotthard.accounts;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks JSON web tokens by the keys of their issuers, without asking these. Whatever is wrong with a token, the answer is the same.
 *
 * <p>Vert.x's {@link JWTAuth} checks signature, audience, issuer and times; but which key, which algorithm and whether there is a
 * signature at all is decided here before, since it would take what the token proposes. See
 * {@code docs/decisions/0005-tokens-and-logins.md}.
 */
final class Tokens {

    /** Longer than any real token. */
    static final int LONGEST = 8 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
    private static final Pattern SHAPE = Pattern.compile("eyJ[A-Za-z0-9_-]+\\.eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");

    private final Vertx vertx;
    private final Map<String, Issuer> issuers;

    /**
     * A token that is good.
     *
     * @param issuer who made it
     * @param claims what it says
     * @param expires until when it is good, our patience with the issuer's clock included
     */
    record Verified(OidcIssuer issuer, JsonObject claims, Instant expires) {}

    Tokens(Vertx vertx, List<Issuer> issuers) {
        this.vertx = vertx;
        this.issuers = issuers.stream()
                .collect(
                        Collectors.toUnmodifiableMap(issuer -> issuer.settings().issuer(), Function.identity()));
    }

    /**
     * Checks an access token, for the audience of its issuer's settings.
     *
     * @return fails with 401 if it is not good, and with 503 if that can't be known at the moment
     */
    Future<Verified> verify(String token) {
        return verify(token, OidcIssuer::audience);
    }

    /** The same for an audience of its own, such as that of an id token. */
    Future<Verified> verify(String token, Function<OidcIssuer, String> audience) {
        if (token.length() > LONGEST || !SHAPE.matcher(token).matches()) {
            return refused("its shape");
        }
        JsonObject header;
        JsonObject claims;
        try {
            var parts = token.split("\\.");
            header = decoded(parts[0]);
            claims = decoded(parts[1]);
        } catch (IllegalArgumentException | DecodeException e) {
            return refused("its encoding");
        }
        var issuer = claims.getValue("iss") instanceof String name ? issuers.get(name) : null;
        if (issuer == null) {
            return refused("its issuer");
        }
        if (!(header.getValue("alg") instanceof String algorithm)
                || !issuer.settings().algorithms().contains(algorithm)) {
            return refused("its algorithm");
        }
        // An extension that must be understood is one that we don't.
        if (!(header.getValue("kid") instanceof String kid) || header.containsKey("crit")) {
            return refused("its header");
        }
        return issuer.key(kid)
                .recover(cause -> {
                    LOG.debug("Keys of {} are not known", issuer.settings(), cause);
                    return Future.failedFuture(Failure.unavailable("Tokens can't be checked at the moment."));
                })
                .compose(key -> key == null || !key.fits(algorithm)
                        ? refused("its key")
                        : check(token, issuer.settings(), audience, key.jwkFor(algorithm)));
    }

    private static JsonObject decoded(String part) {
        return new JsonObject(Buffer.buffer(Base64.getUrlDecoder().decode(part)));
    }

    private Future<Verified> check(
            String token, OidcIssuer issuer, Function<OidcIssuer, String> audience, JsonObject jwk) {
        int skew = (int) issuer.clockSkew().toSeconds();
        var strict = new JWTOptions()
                .setAlgorithm(jwk.getString("alg"))
                .setIssuer(issuer.issuer())
                .setAudience(List.of(audience.apply(issuer)))
                .setIgnoreExpiration(false)
                .setLeeway(skew);
        try {
            return JWTAuth.create(vertx, new JWTAuthOptions().addJwk(jwk).setJWTOptions(strict))
                    .authenticate(new TokenCredentials(token))
                    .recover(cause -> refused(cause.getMessage()))
                    .compose(user -> {
                        JsonObject claims = user.attributes().getJsonObject("accessToken");
                        // JWTAuth thinks that a token without an end is good for ever.
                        return claims.getValue("exp") instanceof Number end
                                ? Future.succeededFuture(new Verified(
                                        issuer,
                                        claims,
                                        Instant.ofEpochSecond(end.longValue()).plusSeconds(skew)))
                                : refused("its expiry");
                    });
        } catch (ClassCastException | NullPointerException | IllegalArgumentException | DateTimeException e) {
            return refused("what its claims are: " + e.getMessage());
        }
    }

    private static <T> Future<T> refused(String what) {
        LOG.debug("A token is refused for {}", what);
        return Future.failedFuture(Failure.unauthorized("Incorrect API key provided."));
    }
}
