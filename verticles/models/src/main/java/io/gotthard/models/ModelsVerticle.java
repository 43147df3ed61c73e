package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Meter;
import io.gotthard.contracts.Operation;
import io.gotthard.models.Catalogue.Entry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Serves the models: what there is, and asking it. Deployed once for each event loop, and keeps nothing between requests. */
public final class ModelsVerticle extends VerticleBase {

    private static final Buffer READY = Buffer.buffer("{\"status\":\"ok\"}");

    private final ModelsSettings settings;
    private final Meter meter;
    private final MeterRegistry registry;
    private final Idempotency idempotency;
    private Bus bus;
    private Catalogue catalogue;
    private Asking asking;

    /** A verticle that serves the configured models, without metrics. */
    public ModelsVerticle(ModelsSettings settings, Meter meter) {
        this(settings, meter, new SimpleMeterRegistry());
    }

    /** A verticle that knows nothing of others. */
    ModelsVerticle(ModelsSettings settings, Meter meter, MeterRegistry registry) {
        this(settings, meter, registry, new Idempotency(IdempotencySettings.USUAL, null));
    }

    /**
     * A verticle that serves the configured models.
     *
     * @param meter admits each request to a model before, and is told after it what it consumed
     * @param registry gets the metrics of upstreams
     * @param idempotency what all verticles of the process keep of their answers
     */
    public ModelsVerticle(ModelsSettings settings, Meter meter, MeterRegistry registry, Idempotency idempotency) {
        this.settings = settings;
        this.meter = meter;
        this.registry = registry;
        this.idempotency = idempotency;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        var metrics = new RouteMetrics(registry);
        catalogue = Routes.catalogue(vertx, metrics, meter, settings.upstreams(), settings.models(), settings.demo());
        asking = new Asking(vertx, meter, new Watch(vertx, metrics));
        var external = new External(settings.external(), catalogue, asking);
        return Future.all(List.of(
                bus.serve("models.checkReadiness", (call, stream) -> answer(READY)),
                bus.serve(
                        "models.listModels",
                        (call, stream) -> answer(catalogue.json(call.caller()).toBuffer())),
                bus.serve("models.retrieveModel", (call, stream) -> retrieve(call)),
                serve("models.createChatCompletion", this::named, (call, stream) -> ask(Kind.CHAT, call, stream)),
                serve("models.createCompletion", this::named, (call, stream) -> ask(Kind.COMPLETION, call, stream)),
                serve("models.createEmbedding", this::named, (call, stream) -> ask(Kind.EMBEDDING, call, stream)),
                bus.serve(
                        "models.listExternalModels",
                        (call, stream) -> answer(external.list(call.caller()).toBuffer())),
                serve("models.createExternalChatCompletion", external::check, external::ask),
                bus.serve("models.explainRoute", (call, stream) -> explain(call))));
    }

    @Override
    public Future<?> stop() {
        return bus.close(settings.drain().toMillis()).compose(closed -> asking.close());
    }

    private Future<Answer> retrieve(Call call) {
        var entry = catalogue.get(call.parameters().get("model"), call.caller());
        return answer(entry.json().toBuffer());
    }

    /** Serves what asks a model, and asks it once for all requests with the same Idempotency-Key. */
    private Future<Void> serve(String address, Consumer<Call> check, Operation operation) {
        return bus.serve(address, idempotency.of(bus, address, check, operation));
    }

    private Entry named(Call call) {
        return catalogue.get((String) call.body().fields().get("model"), call.caller());
    }

    private Future<Answer> ask(Kind kind, Call call, BusStream stream) {
        return asking.ask(kind, named(call), call, stream);
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
