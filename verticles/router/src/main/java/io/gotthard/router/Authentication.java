package io.gotthard.router;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Network;
import io.gotthard.contracts.Permissions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Checks the API key before the body is read. The accounts verticle knows the keys; what it said is remembered here by the
 * key's hash, until it says that a key changed.
 */
final class Authentication implements Handler<RoutingContext> {

    /** Published by accounts: the hash of a key that was made, changed or revoked, or nothing if it may be any of them. */
    static final String KEY_CHANGED = "accounts.key.changed";

    private static final int MOST_KEYS = 100_000;

    /** Changes are announced; asking again after a while is for announcements that got lost. */
    private static final long OLD_NANOS = Duration.ofMinutes(1).toNanos();

    /** No real key is so long; a hash over less is cheap. */
    private static final int LONGEST_KEY = 512;

    /** What a look-up with accounts said of a key, and when, in the time of {@link System#nanoTime}. */
    private record Known(Caller caller, List<Network> networks, Instant expires, Failure refusal, long asked) {

        boolean isUsableFrom(String address) {
            return networks.isEmpty() || networks.stream().anyMatch(network -> network.contains(address));
        }

        boolean isOld() {
            return System.nanoTime() - asked > OLD_NANOS;
        }
    }

    private final Bus bus;
    private final MessageDigest sha256;
    private final Map<String, Future<Known>> asking = new HashMap<>();
    private final Cache<String, Known> known =
            Caffeine.newBuilder().maximumSize(MOST_KEYS).build();
    private final Cache<String, Known> unknown = Caffeine.newBuilder()
            .maximumSize(MOST_KEYS)
            .expireAfterWrite(Duration.ofSeconds(10))
            .build();

    Authentication(Vertx vertx, Bus bus) {
        this.bus = bus;
        this.sha256 = sha256();
        vertx.eventBus().<String>consumer(KEY_CHANGED, message -> forget(message.body()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    private void forget(String hash) {
        if (hash.isEmpty()) {
            known.invalidateAll();
            unknown.invalidateAll();
            asking.clear();
        } else {
            known.invalidate(hash);
            unknown.invalidate(hash);
            asking.remove(hash);
        }
    }

    @Override
    public void handle(RoutingContext context) {
        var hash = hash(key(context.request().getHeader(HttpHeaders.AUTHORIZATION)));
        var remembered = remembered(hash);
        if (remembered != null) {
            if (remembered.isOld()) {
                // In the background: who is known stays known while accounts can't be asked.
                var _ = ask(hash, Exchange.of(context).requestId);
            }
            admit(context, remembered);
            return;
        }
        // The body waits at the door: nothing of it is read for a stranger.
        context.request().pause();
        ask(hash, Exchange.of(context).requestId)
                .onSuccess(answer -> {
                    if (!context.response().closed()) {
                        admit(context, answer);
                        context.request().resume();
                    }
                })
                .onFailure(context::fail);
    }

    private static void admit(RoutingContext context, Known known) {
        if (known.refusal() != null) {
            context.fail(known.refusal());
        } else if (known.expires() != null && known.expires().isBefore(Instant.now())) {
            context.fail(Failure.unauthorized("The API key has expired."));
        } else if (!known.isUsableFrom(context.request().remoteAddress().hostAddress())) {
            // As an unknown one: who stole it need not learn that it is good elsewhere.
            context.fail(incorrect());
        } else {
            Exchange.of(context).caller = known.caller();
            context.next();
        }
    }

    private static String key(String header) {
        if (header == null) {
            throw Failure.unauthorized(
                    "You didn't provide an API key. Send it in the header 'Authorization: Bearer YOUR_KEY'.");
        }
        var key = header.regionMatches(true, 0, "Bearer ", 0, 7)
                ? header.substring(7).strip()
                : "";
        if (key.isEmpty() || key.length() > LONGEST_KEY) {
            throw incorrect();
        }
        return key;
    }

    private static Failure incorrect() {
        return Failure.unauthorized("Incorrect API key provided.");
    }

    private String hash(String key) {
        return HexFormat.of().formatHex(sha256.digest(key.getBytes(StandardCharsets.UTF_8)));
    }

    private Known remembered(String hash) {
        var found = known.getIfPresent(hash);
        return found != null ? found : unknown.getIfPresent(hash);
    }

    /** Asks once, however many requests come with the same key meanwhile. */
    private Future<Known> ask(String hash, String requestId) {
        var running = asking.get(hash);
        if (running != null) {
            return running;
        }
        var call = new Call(bus.nextId(), requestId, Caller.NOBODY, Map.of("hash", hash), null);
        var answer = bus.ask("accounts.verifyCredential", call)
                .next()
                .map(found -> known(new JsonObject(found.body())))
                .recover(cause -> Failure.of(cause).status() == 401
                        ? Future.succeededFuture(new Known(null, List.of(), null, incorrect(), System.nanoTime()))
                        : Future.failedFuture(cause));
        asking.put(hash, answer);
        answer.onSuccess(found -> {
            // If the key changed meanwhile, the answer is good for these requests only.
            if (asking.get(hash) == answer) {
                remember(hash, found);
            }
        });
        answer.onComplete(done -> asking.remove(hash, answer));
        return answer;
    }

    private void remember(String hash, Known found) {
        if (found.refusal() == null) {
            known.put(hash, found);
        } else {
            known.invalidate(hash);
            unknown.put(hash, found);
        }
    }

    /** An administrator's are only limited by what limits the key. */
    private static Permissions permissions(JsonObject key) {
        var sets = key.getJsonArray("rules").stream()
                .map(set -> ((JsonArray) set).stream().map(String.class::cast).toList())
                .toList();
        if (sets.isEmpty()) {
            return key.getBoolean("administrator") ? Permissions.ALL : Permissions.NONE;
        }
        return Permissions.of(sets);
    }

    private static Known known(JsonObject key) {
        var caller = new Caller(
                key.getString("key_id"),
                key.getString("account"),
                key.getString("tenant"),
                permissions(key),
                key.getString("bound_model"));
        var networks = key.getJsonArray("networks").stream()
                .map(network -> Network.parse((String) network))
                .toList();
        return new Known(caller, networks, key.getInstant("expires_at"), null, System.nanoTime());
    }
}
