package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Serves the models: what there is, and asking it. Deployed once for each event loop, and keeps nothing between requests. */
public final class ModelsVerticle extends VerticleBase {

    private static final Buffer READY = Buffer.buffer("{\"status\":\"ok\"}");

    private final ModelsSettings settings;
    private final Meter meter;
    private final MeterRegistry registry;
    private Bus bus;
    private Catalogue catalogue;
    private Asking asking;
    private Messages messages;

    /** A verticle that serves the configured models, without metrics. */
    public ModelsVerticle(ModelsSettings settings, Meter meter) {
        this(settings, meter, new SimpleMeterRegistry());
    }

    /**
     * A verticle that serves the configured models.
     *
     * @param meter admits each request to a model before, and is told after it what it consumed
     * @param registry gets the metrics of upstreams
     */
    public ModelsVerticle(ModelsSettings settings, Meter meter, MeterRegistry registry) {
        this.settings = settings;
        this.meter = meter;
        this.registry = registry;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        var metrics = new RouteMetrics(registry);
        catalogue = Routes.catalogue(vertx, metrics, settings.upstreams(), settings.models(), settings.demo());
        asking = new Asking(vertx, meter, new Watch(vertx, metrics));
        messages = new Messages(vertx, catalogue, asking);
        var external = new External(settings.external(), catalogue, asking);
        return Future.all(List.of(
                bus.serve("models.checkReadiness", (call, stream) -> answer(READY)),
                bus.serve(
                        "models.listModels",
                        (call, stream) -> answer((Messages.isSpokenBy(call)
                                        ? messages.list(call.caller())
                                        : catalogue.json(call.caller()))
                                .toBuffer())),
                bus.serve("models.retrieveModel", (call, stream) -> retrieve(call)),
                bus.serve("models.createChatCompletion", (call, stream) -> ask(Kind.CHAT, call, stream)),
                bus.serve("models.createCompletion", (call, stream) -> ask(Kind.COMPLETION, call, stream)),
                bus.serve("models.createEmbedding", (call, stream) -> ask(Kind.EMBEDDING, call, stream)),
                bus.serve(
                        "models.listExternalModels",
                        (call, stream) -> answer(external.list(call.caller()).toBuffer())),
                bus.serve("models.createExternalChatCompletion", external::ask),
                bus.serve("models.createMessage", messages::ask),
                bus.serve("models.countMessageTokens", (call, stream) -> messages.count(call)),
                bus.serve("models.explainRoute", (call, stream) -> explain(call))));
    }

    @Override
    public Future<?> stop() {
        return bus.close(settings.drain().toMillis()).compose(closed -> asking.close());
    }

    private Future<Answer> retrieve(Call call) {
        var entry = catalogue.get(call.parameters().get("model"), call.caller());
        return answer((Messages.isSpokenBy(call) ? Messages.model(entry.name()) : entry.json()).toBuffer());
    }

    private Future<Answer> ask(Kind kind, Call call, BusStream stream) {
        var entry = catalogue.get((String) call.body().fields().get("model"), call.caller());
        return asking.ask(kind, entry, call, stream);
    }

    private Future<Answer> explain(Call call) {
        var request = new JsonObject(object(call.body().fields().get("request")));
        var entry = catalogue.get(request.getString("model"), call.caller());
        var operation = call.body().fields().get("operation");
        var kind = Arrays.stream(Kind.values())
                .filter(one -> one.operation().equals(operation))
                .findFirst()
                .orElseThrow(() -> Failure.invalid("operation", "There is no such operation."));
        return asking.explain(kind, entry, call, JsonBody.parse(request.toBuffer()))
                .map(explained -> Answer.json(explained.toBuffer()));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object json) {
        return (Map<String, Object>) json;
    }

    private static Future<Answer> answer(Buffer json) {
        return Future.succeededFuture(Answer.json(json));
    }
}
