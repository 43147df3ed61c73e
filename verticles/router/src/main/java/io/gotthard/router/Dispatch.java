package io.gotthard.router;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** Carries one operation's requests from HTTP to the bus, as its contract says. It knows no operation by name. */
final class Dispatch implements Handler<RoutingContext> {

    private final Operation operation;
    private final Bus bus;
    private final Connections connections;
    private final RouterSettings settings;

    Dispatch(Operation operation, Bus bus, Connections connections, RouterSettings settings) {
        this.operation = operation;
        this.bus = bus;
        this.connections = connections;
        this.settings = settings;
    }

    @Override
    public void handle(RoutingContext context) {
        var exchange = Exchange.of(context);
        exchange.operation = operation.id();
        if (operation.body() == null) {
            connections.answering(context.request().connection());
            ask(context, null);
            return;
        }
        long limit = settings.bodyLimit().bytes();
        JsonRequest.read(context.request(), exchange, limit, connections, (body, cause) -> {
            if (cause != null) {
                context.fail(cause);
            } else {
                validate(context, body);
            }
        });
    }

    private void validate(RoutingContext context, JsonBody body) {
        var violation = operation.body().check(body.fields());
        if (violation != null) {
            context.fail(Failure.invalid(violation.param(), violation.message()));
            return;
        }
        ask(context, body);
    }

    private void ask(RoutingContext context, JsonBody body) {
        var exchange = Exchange.of(context);
        if (body != null) {
            exchange.model = body.fields().get("model") instanceof String model ? model : null;
            exchange.streaming = Boolean.TRUE.equals(body.fields().get("stream"));
        }
        var call = new Call(
                bus.nextId(),
                exchange.requestId,
                exchange.caller,
                context.request().remoteAddress().hostAddress(),
                Map.copyOf(context.pathParams()),
                body);
        new Delivery(context, exchange, bus.ask(operation.address(), call), settings).begin();
    }
}
