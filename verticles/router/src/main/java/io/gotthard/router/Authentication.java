package io.gotthard.router;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Network;
import io.gotthard.contracts.Permissions;
import io.gotthard.contracts.Residency;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks the credential before the body is read. The accounts verticle knows keys, tokens and sessions; what it said is remembered
 * here until it says that something changed.
 */
final class Authentication implements Handler<RoutingContext> {

    /** Published by accounts: the {@link Credential#id} that was made, changed or ended, or nothing if it may be any of them. */
    static final String KEY_CHANGED = "accounts.key.changed";

    private static final int MOST_KEYS = 100_000;

    /** Changes are announced; asking again after a while is for announcements that got lost. */
    private static final long OLD_NANOS = Duration.ofMinutes(1).toNanos();

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
    private final SessionCookies cookies;
    private final Map<String, Future<Known>> asking = new HashMap<>();
    private final Cache<String, Known> known =
            Caffeine.newBuilder().maximumSize(MOST_KEYS).build();
    private final Cache<String, Known> unknown = Caffeine.newBuilder()
            .maximumSize(MOST_KEYS)
            .expireAfterWrite(Duration.ofSeconds(10))
            .build();

    Authentication(Vertx vertx, Bus bus, SessionCookies cookies) {
        this.bus = bus;
        this.cookies = cookies;
        vertx.eventBus().<String>consumer(KEY_CHANGED, message -> forget(message.body()));
    }

    private void forget(String id) {
        if (id.isEmpty()) {
            known.invalidateAll();
            unknown.invalidateAll();
            asking.clear();
        } else {
            known.invalidate(id);
            unknown.invalidate(id);
            asking.remove(id);
        }
    }

    @Override
    public void handle(RoutingContext context) {
        var credential = Credential.of(context.request(), cookies);
        var remembered = remembered(credential.id());
        if (remembered != null) {
            if (remembered.isOld()) {
                // In the background: who is known stays known while accounts can't be asked.
                var _ = ask(credential, context);
            }
            admit(context, credential, remembered);
            return;
        }
        // The body waits at the door: nothing of it is read for a stranger.
        context.request().pause();
        ask(credential, context)
                .onSuccess(answer -> {
                    if (!context.response().closed()) {
                        admit(context, credential, answer);
                        context.request().resume();
                    }
                })
                .onFailure(context::fail);
    }

    private static void admit(RoutingContext context, Credential credential, Known known) {
        if (known.refusal() != null) {
            context.fail(known.refusal());
        } else if (known.expires() != null && known.expires().isBefore(Instant.now())) {
            context.fail(
                    credential.kind().equals("hash")
                            ? Failure.unauthorized("The API key has expired.")
                            : Credential.incorrect());
        } else if (!known.isUsableFrom(context.request().remoteAddress().hostAddress())) {
            // As an unknown one: who stole it need not learn that it is good elsewhere.
            context.fail(Credential.incorrect());
        } else {
            Exchange.of(context).caller = known.caller();
            context.next();
        }
    }

    private Known remembered(String id) {
        var found = known.getIfPresent(id);
        return found != null ? found : unknown.getIfPresent(id);
    }

    /** Asks once, however many requests come with the same key meanwhile. */
    private Future<Known> ask(Credential credential, RoutingContext context) {
        var id = credential.id();
        var running = asking.get(id);
        if (running != null) {
            return running;
        }
        var call = new Call(
                bus.nextId(),
                Exchange.of(context).requestId,
                Caller.NOBODY,
                context.request().remoteAddress().hostAddress(),
                Map.of(credential.kind(), credential.value()),
                null);
        var answer = bus.ask("accounts.verifyCredential", call)
                .next()
                .map(found -> known(new JsonObject(found.body())))
                .recover(cause -> Failure.of(cause).status() == 401
                        ? Future.succeededFuture(
                                new Known(null, List.of(), null, Credential.incorrect(), System.nanoTime()))
                        : Future.failedFuture(cause));
        asking.put(id, answer);
        answer.onSuccess(found -> {
            // If the key changed meanwhile, the answer is good for these requests only.
            if (asking.get(id) == answer) {
                remember(id, found);
            }
        });
        answer.onComplete(done -> asking.remove(id, answer));
        return answer;
    }

    private void remember(String id, Known found) {
        if (found.refusal() == null) {
            known.put(id, found);
        } else {
            known.invalidate(id);
            unknown.put(id, found);
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
                key.getBoolean("administrator"),
                key.getJsonArray("roles").stream().map(String.class::cast).toList(),
                permissions(key),
                key.getString("bound_model"),
                Residency.of(key.getJsonArray("only")));
        var networks = key.getJsonArray("networks").stream()
                .map(network -> Network.parse((String) network))
                .toList();
        return new Known(caller, networks, key.getInstant("expires_at"), null, System.nanoTime());
    }
}
