package io.gotthard.accounts;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One issuer: where it is asked for what, and its keys. The keys are fetched when the first token comes, when a token names a key
 * that is not known, and in the background when they have become old; so the issuer is not needed for tokens whose keys are known.
 * To be used from one context.
 */
final class Issuer {

    private static final Logger LOG = LoggerFactory.getLogger(Issuer.class);
    private static final long OLD_NANOS = Duration.ofMinutes(10).toNanos();

    /** Who invents names of keys makes us ask so often at most. */
    private static final long REFILL_NANOS = Duration.ofSeconds(10).toNanos();

    private static final int MOST_PERMITS = 5;

    private final OidcIssuer settings;
    private final IssuerClient client;
    private Map<String, SigningKey> keys = Map.of();
    private JsonObject description;
    private Future<Void> fetching;
    private long fetched;
    private int permits = MOST_PERMITS;
    private long refilled = System.nanoTime();

    Issuer(OidcIssuer settings, IssuerClient client) {
        this.settings = settings;
        this.client = client;
    }

    OidcIssuer settings() {
        return settings;
    }

    /**
     * The key of that name, or null if the issuer has none.
     *
     * @return fails if no key is known at all and the issuer can't be asked
     */
    Future<SigningKey> key(String kid) {
        var known = keys.get(kid);
        if (known != null) {
            if (System.nanoTime() - fetched > OLD_NANOS && mayAsk()) {
                // In the background: a key that the issuer has withdrawn is to be forgotten.
                fetch().onFailure(cause -> LOG.warn("Keys of {} are not refreshed: {}", settings, cause.getMessage()));
            }
            return Future.succeededFuture(known);
        }
        if (fetching == null && !mayAsk()) {
            return keys.isEmpty() ? Future.failedFuture("asked too often already") : Future.succeededFuture(null);
        }
        return fetch().recover(cause -> {
                    LOG.warn("{} can't be asked for its keys: {}", settings, cause.getMessage());
                    return keys.isEmpty() ? Future.failedFuture(cause) : Future.succeededFuture();
                })
                .map(done -> keys.get(kid));
    }

    private boolean mayAsk() {
        long now = System.nanoTime();
        long refills = Math.min(MOST_PERMITS, (now - refilled) / REFILL_NANOS);
        if (refills > 0) {
            permits = (int) Math.min(MOST_PERMITS, permits + refills);
            refilled = now;
        }
        if (permits == 0) {
            return false;
        }
        permits--;
        return true;
    }

    /** However many tokens wait for it, it is asked once. */
    private Future<Void> fetch() {
        if (fetching != null) {
            return fetching;
        }
        Future<Void> running = description()
                .compose(found -> client.get(found.getString("jwks_uri", "")))
                .map(SigningKey::all)
                .compose(found -> {
                    if (found.isEmpty()) {
                        return Future.failedFuture("no key of it can be used");
                    }
                    keys = found;
                    fetched = System.nanoTime();
                    return Future.succeededFuture();
                });
        fetching = running;
        // What it says of itself may have changed too.
        running.onFailure(cause -> description = null);
        running.onComplete(done -> fetching = null);
        return running;
    }

    /** What the issuer says of itself, by OpenID Connect Discovery 1.0; fails if it calls itself something else. */
    Future<JsonObject> description() {
        if (description != null) {
            return Future.succeededFuture(description);
        }
        var name = settings.issuer();
        var base = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        return client.get(base + "/.well-known/openid-configuration").compose(found -> {
            if (!name.equals(found.getValue("issuer"))) {
                return Future.failedFuture("it calls itself something else");
            }
            description = found;
            return Future.succeededFuture(found);
        });
    }
}
