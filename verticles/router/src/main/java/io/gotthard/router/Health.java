package io.gotthard.router;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What operators and orchestrators ask: {@code /healthz} (this process lives), {@code /readyz} (every verticle works, with
 * what it depends on) and {@code /metrics}.
 */
final class Health {

    private static final long PATIENCE_SECONDS = 3;

    private final Bus bus;
    private final List<String> verticles;
    private final PrometheusMeterRegistry registry;

    Health(Bus bus, List<String> verticles, PrometheusMeterRegistry registry) {
        this.bus = bus;
        this.verticles = verticles;
        this.registry = registry;
    }

    void mount(Router router) {
        router.get("/healthz").handler(context -> json(context, 200, new JsonObject().put("status", "ok")));
        router.get("/readyz").handler(this::ready);
        router.get("/metrics").handler(this::metrics);
    }

    private void ready(RoutingContext context) {
        var checks =
                verticles.stream().map(verticle -> check(context, verticle)).toList();
        Future.join(checks).onComplete(done -> {
            var states = new JsonObject();
            for (int i = 0; i < checks.size(); i++) {
                var check = checks.get(i);
                states.put(
                        verticles.get(i),
                        check.succeeded() ? "ok" : Failure.of(check.cause()).getMessage());
            }
            boolean ready = done.succeeded();
            json(
                    context,
                    ready ? 200 : 503,
                    new JsonObject().put("status", ready ? "ok" : "unavailable").put("verticles", states));
        });
    }

    private Future<Answer> check(RoutingContext context, String verticle) {
        var call = new Call(bus.nextId(), Exchange.of(context).requestId, Caller.NOBODY, Map.of(), null);
        return bus.ask(verticle + ".checkReadiness", call).next().timeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void metrics(RoutingContext context) {
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
                .end(registry.scrape());
    }

    private static void json(RoutingContext context, int status, JsonObject body) {
        context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, Answer.JSON)
                .end(body.toBuffer());
    }
}
