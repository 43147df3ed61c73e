package io.gotthard.router;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Callers;
import io.gotthard.kit.Credential;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/**
 * A contract as it is for somebody: with a path for each agent that workers announced and that they may use, typed by its schema. Who shows
 * no credential gets the document as it was written.
 */
final class LiveContract {

    private final Bus bus;
    private final Callers callers;
    private final SessionCookies cookies;
    private final Contract contract;

    LiveContract(Bus bus, Callers callers, SessionCookies cookies, Contract contract) {
        this.bus = bus;
        this.callers = callers;
        this.cookies = cookies;
        this.contract = contract;
    }

    /** Adds the route; it leaves strangers to those that come after it. */
    void mount(Router router) {
        router.get("/openapi/" + contract.name() + ".json").handler(this::answer);
    }

    private void answer(RoutingContext context) {
        var explicit = Shown.inHeader(context.request());
        var session = explicit == null ? cookies.session(context.request()) : null;
        if (explicit == null && session == null) {
            context.next();
            return;
        }
        var credential = explicit == null ? Credential.ofSession(session) : explicit;
        paths(context, credential).onComplete(paths -> send(context, paths), cause -> {
            if (explicit != null && Failure.of(cause).status() == 401) {
                context.fail(cause);
            } else {
                // A session that is over, or a part that does not run, hides nothing of what everybody sees.
                context.next();
            }
        });
    }

    private Future<JsonObject> paths(RoutingContext context, Credential credential) {
        var requestId = Exchange.of(context).requestId;
        var address = address(context.request());
        return callers.find(credential, requestId, address)
                .map(holder -> holder.admit(credential, address))
                .compose(caller -> ask(caller, requestId, address))
                .map(answer -> new JsonObject(answer).getJsonObject("paths"));
    }

    private Future<Buffer> ask(Caller caller, String requestId, String address) {
        var call = new Call(bus.nextId(), requestId, caller, address, Map.of(), null);
        return bus.ask("assistants.describeAgents", call).next().map(answer -> answer.body());
    }

    private static String address(HttpServerRequest request) {
        return request.remoteAddress().hostAddress();
    }

    private void send(RoutingContext context, JsonObject paths) {
        var document = new JsonObject(contract.json());
        document.getJsonObject("paths").mergeIn(paths);
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-store")
                .putHeader("x-content-type-options", "nosniff")
                .end(document.toBuffer());
    }
}
