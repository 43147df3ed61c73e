package io.gotthard.router;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
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
        var parameters = operation.parameters().read(context);
        operation.requires().check(caller(exchange).permissions(), parameters);
        if (operation.body() == null) {
            connections.answering(context.request().connection());
            ask(context, parameters, null);
            return;
        }
        long limit = settings.bodyLimit().bytes();
        JsonRequest.read(context.request(), exchange, limit, operation.form(), connections, (body, cause) -> {
            if (cause != null) {
                context.fail(cause);
            } else {
                validate(context, parameters, body);
            }
        });
    }

    private void validate(RoutingContext context, Map<String, String> parameters, JsonBody body) {
        var violation = operation.body().check(body.fields());
        if (violation != null) {
            context.fail(Failure.invalid(violation.param(), violation.message()));
            return;
        }
        ask(context, parameters, body);
    }

    private void ask(RoutingContext context, Map<String, String> parameters, JsonBody body) {
        var exchange = Exchange.of(context);
        if (body != null) {
            exchange.model =
                    operation.namesModel() && body.fields().get("model") instanceof String model ? model : null;
            exchange.streaming = operation.streams(body.fields());
        }
        var call = new Call(
                bus.nextId(),
                exchange.requestId,
                caller(exchange),
                context.request().remoteAddress().hostAddress(),
                parameters,
                body);
        new Delivery(context, exchange, bus.ask(operation.address(), call), settings).begin();
    }

    /** Who asks; nobody in particular if the operation is public. */
    private static Caller caller(Exchange exchange) {
        return exchange.caller == null ? Caller.NOBODY : exchange.caller;
    }
}
