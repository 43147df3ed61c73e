package io.gotthard.realtime;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Callers;
import io.gotthard.kit.Credential;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.function.Consumer;

/** Finds out who somebody is, by a key, a token, a session or a ticket. One for each event loop. */
final class Identification {

    /** Of the subprotocols that a client offers, the one that says who it is. */
    private static final String BEARER = "bearer.";

    private final Bus bus;
    private final Callers callers;

    Identification(Vertx vertx, Bus bus) {
        this.bus = bus;
        this.callers = new Callers(vertx, bus);
    }

    /** Hears of credentials that changed: an id, or an empty text if it may be any. */
    void onChange(Consumer<String> listener) {
        callers.onChange(listener);
    }

    /** Who a credential belongs to; fails with 401 if it is no good, and with 503 if that can't be known. */
    Future<Identity> of(Credential credential, String requestId, String address) {
        return callers.find(credential, requestId, address)
                .map(holder -> new Identity(credential, holder.admit(credential, address), holder.expires()));
    }

    /** The same, asked anew whatever is remembered. */
    Future<Identity> again(Credential credential, String requestId, String address) {
        return callers.ask(credential, requestId, address)
                .map(holder -> new Identity(credential, holder.admit(credential, address), holder.expires()));
    }

    /** Who a ticket was given to; it is good for nothing afterwards. */
    Future<Identity> ofTicket(String ticket, String requestId, String address) {
        var call = new Call(
                bus.nextId(),
                requestId,
                Caller.NOBODY,
                address,
                Map.of("hash", Credential.hash(ticket), "address", address),
                null);
        return bus.ask("realtime.redeemTicket", call).next().compose(answer -> {
            var holder = new JsonObject(answer.body());
            var credential = Credential.renewed(
                    holder.getString("key"), holder.getString("account"), holder.getString("tenant"));
            return of(credential, requestId, address);
        });
    }

    /**
     * The credential among the subprotocols that a client offers, or null.
     *
     * @throws Failure 401 if it is none
     */
    static Credential offered(HttpServerRequest request) {
        for (var header : request.headers().getAll("sec-websocket-protocol")) {
            for (var offered : header.split(",")) {
                var protocol = offered.strip();
                if (protocol.startsWith(BEARER)) {
                    return Credential.of(decoded(protocol.substring(BEARER.length())));
                }
            }
        }
        return null;
    }

    private static String decoded(String text) {
        try {
            return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Credential.incorrect();
        }
    }
}
