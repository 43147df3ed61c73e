package io.gotthard.kit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Who belongs to a credential. The accounts verticle knows keys, tokens and sessions; what it said is remembered here until it says that
 * something changed. One for each event loop, used on it only.
 */
public final class Callers {

    /** Published by accounts: the {@link Credential#id} that was made, changed or ended, or nothing if it may be any of them. */
    private static final String KEY_CHANGED = "accounts.key.changed";

    private static final int MOST_KEYS = 100_000;

    private final Bus bus;
    private final Map<String, Future<Holder>> asking = new HashMap<>();
    private final List<Consumer<String>> listeners = new ArrayList<>();
    private final Cache<String, Holder> known =
            Caffeine.newBuilder().maximumSize(MOST_KEYS).build();
    private final Cache<String, Holder> unknown = Caffeine.newBuilder()
            .maximumSize(MOST_KEYS)
            .expireAfterWrite(Duration.ofSeconds(10))
            .build();

    /** Asks over a bus of this event loop. */
    public Callers(Vertx vertx, Bus bus) {
        this.bus = bus;
        vertx.eventBus().<String>consumer(KEY_CHANGED, message -> changed(message.body()));
    }

    /** Tells a listener of each credential that changed, by its id, or by an empty text if it may be any; it is forgotten by then. */
    public void onChange(Consumer<String> listener) {
        listeners.add(listener);
    }

    /**
     * Who is remembered, or null. Who was asked for long ago is asked for again in the background, so that who is known stays known
     * while accounts can't be asked.
     */
    public Holder remembered(Credential credential, String requestId, String address) {
        var found = known.getIfPresent(credential.id());
        if (found == null) {
            return unknown.getIfPresent(credential.id());
        }
        if (found.isOld()) {
            var _ = ask(credential, requestId, address);
        }
        return found;
    }

    /**
     * Asks accounts, once however many want to know meanwhile. Fails if they can't be asked; a credential that is no good is an answer.
     *
     * @param requestId the request for which it is asked
     * @param address the network address of who shows it
     */
    public Future<Holder> ask(Credential credential, String requestId, String address) {
        var id = credential.id();
        var running = asking.get(id);
        if (running != null) {
            return running;
        }
        var call = new Call(bus.nextId(), requestId, Caller.NOBODY, address, credential.parameters(), null);
        var answer = bus.ask(credential.address(), call)
                .next()
                .map(found -> Holder.of(new JsonObject(found.body())))
                .recover(cause -> Failure.of(cause).status() == 401
                        ? Future.succeededFuture(Holder.refused(Credential.incorrect()))
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

    /** Who is remembered, or else what accounts say. */
    public Future<Holder> find(Credential credential, String requestId, String address) {
        var found = remembered(credential, requestId, address);
        return found != null ? Future.succeededFuture(found) : ask(credential, requestId, address);
    }

    private void remember(String id, Holder found) {
        if (found.isRefused()) {
            known.invalidate(id);
            unknown.put(id, found);
        } else {
            known.put(id, found);
        }
    }

    private void changed(String id) {
        if (id.isEmpty()) {
            known.invalidateAll();
            unknown.invalidateAll();
            asking.clear();
        } else {
            known.invalidate(id);
            unknown.invalidate(id);
            asking.remove(id);
        }
        listeners.forEach(listener -> listener.accept(id));
    }
}
