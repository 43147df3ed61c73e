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
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** Serves the models: what there is, and asking it. Deployed once for each event loop. */
public final class ModelsVerticle extends VerticleBase {

    private static final Buffer READY = Buffer.buffer("{\"status\":\"ok\"}");

    private final ModelsInUse inUse;
    private final Meter meter;
    private final Idempotency idempotency;
    private Bus bus;
    private Asking asking;
    private Discovery discovery;
    private Generation generation;
    private External external;
    private Messages messages;
    private Assistants assistants;

    /** A verticle that serves the configured models, without metrics. */
    public ModelsVerticle(ModelsSettings settings, Meter meter) {
        this(settings, meter, new SimpleMeterRegistry());
    }

    /** A verticle that serves the configured models, which stay what they are. */
    public ModelsVerticle(ModelsSettings settings, Meter meter, MeterRegistry registry) {
        this(new ModelsInUse(settings, registry), meter);
    }

    /** A verticle that serves models, and knows nothing of others. */
    ModelsVerticle(ModelsInUse inUse, Meter meter) {
        this(inUse, meter, new Idempotency(IdempotencySettings.USUAL, null));
    }

    /**
     * A verticle that serves models.
     *
     * @param inUse the models
     * @param meter admits each request to a model before, and is told after it what it consumed
     * @param idempotency what all verticles of the process keep of their answers
     */
    public ModelsVerticle(ModelsInUse inUse, Meter meter, Idempotency idempotency) {
        this.inUse = inUse;
        this.meter = meter;
        this.idempotency = idempotency;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        assistants = new Assistants(bus);
        asking = new Asking(vertx, meter, new Watch(vertx, new RouteMetrics(inUse.registry())));
        discovery = new Discovery(vertx, inUse);
        inUse.add(this);
        begin(Routes.generation(vertx, meter, inUse.standings(), inUse.setup(), null));
        generation.keep(inUse.standings());
        return Future.all(List.of(
                bus.serve("models.checkReadiness", (call, stream) -> answer(READY)),
                bus.serve("models.listModels", (call, stream) -> list(call)),
                bus.serve("models.retrieveModel", (call, stream) -> retrieve(call)),
                serve("models.createChatCompletion", this::checkChat, this::chat),
                serve("models.createCompletion", Kind.COMPLETION),
                serve("models.createEmbedding", Kind.EMBEDDING),
                serve("models.createImage", Kind.IMAGE),
                serve("models.createImageEdit", Kind.IMAGE_EDIT),
                serve("models.createSpeech", Kind.SPEECH),
                serve("models.createTranscription", Kind.TRANSCRIPTION),
                serve("models.createTranslation", Kind.TRANSLATION),
                serve("models.createModeration", Kind.MODERATION),
                serve("models.createResponse", Kind.RESPONSE),
                bus.serve(
                        "models.listExternalModels",
                        (call, stream) -> answer(external.list(call.caller()).toBuffer())),
                serve(
                        "models.createExternalChatCompletion",
                        call -> external.check(call),
                        (call, stream) -> external.ask(call, stream)),
                serve("models.createMessage", this::named, (call, stream) -> messages.ask(call, stream)),
                bus.serve("models.countMessageTokens", (call, stream) -> messages.count(call)),
                bus.serve("models.explainRoute", (call, stream) -> explain(call))));
    }

    private void begin(Generation next) {
        generation = next;
        external = new External(inUse.setup().settings().external(), next.catalogue(), asking);
        messages = new Messages(vertx, next.catalogue(), asking);
        if (inUse.isFirst(this)) {
            discovery.follow(next);
        }
    }

    /** Makes models of a setup, which nobody asks before {@link #use}; fails if that can't be done. */
    Future<Generation> make(Setup setup) {
        return here(() -> Routes.generation(vertx, meter, inUse.standings(), setup, generation));
    }

    /** Asks these models from now on; what is being asked goes on as it began. */
    Future<Void> use(Generation next) {
        return here(() -> {
            var before = generation;
            begin(next);
            before.use().replaced();
            return null;
        });
    }

    /** Lets go of models that nobody is to ask. */
    void drop(Generation unused) {
        here(() -> {
            unused.use().replaced();
            return null;
        });
    }

    /** Does it on the context of this verticle. */
    private <T> Future<T> here(Callable<T> work) {
        var promise = Promise.<T>promise();
        context.runOnContext(go -> {
            try {
                promise.complete(work.call());
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }

    @Override
    public Future<?> stop() {
        inUse.remove(this);
        discovery.close();
        return bus.close(inUse.settings().drain().toMillis()).compose(closed -> asking.close());
    }

    private Future<Answer> list(Call call) {
        return Messages.isSpokenBy(call)
                ? answer(messages.list(call.caller()).toBuffer())
                : assistants
                        .addTo(generation.catalogue().json(call.caller()), call)
                        .map(list -> Answer.json(list.toBuffer()));
    }

    private Future<Answer> retrieve(Call call) {
        var name = call.parameters().get("model");
        var entry = generation.catalogue().find(name, call.caller());
        if (Messages.isSpokenBy(call)) {
            return answer(Messages.model(entry(entry, name).name()).toBuffer());
        }
        return entry == null && Assistants.mayHave(name)
                ? assistants.find(name, call).map(model -> Answer.json(model.toBuffer()))
                : answer(entry(entry, name).json().toBuffer());
    }

    private static Entry entry(Entry found, String name) {
        if (found == null) {
            throw Failure.modelNotFound(name);
        }
        return found;
    }

    /** A model answers, or else an assistant. */
    private Future<Answer> chat(Call call, BusStream stream) {
        var name = name(call);
        var entry = generation.catalogue().find(name, call.caller());
        return entry == null && Assistants.mayHave(name)
                ? assistants.ask(call, stream)
                : asking.ask(Kind.CHAT, entry(entry, name), call, stream);
    }

    /** Whether an assistant may be asked is checked by whoever has it. */
    private void checkChat(Call call) {
        var name = name(call);
        if (generation.catalogue().find(name, call.caller()) == null && !Assistants.mayHave(name)) {
            throw Failure.modelNotFound(name);
        }
    }

    private static String name(Call call) {
        return (String) call.body().fields().get("model");
    }

    /** Serves what asks a model, and asks it once for all requests with the same Idempotency-Key. */
    private Future<Void> serve(String address, Consumer<Call> check, Operation operation) {
        return bus.serve(address, idempotency.of(bus, address, check, operation));
    }

    private Entry named(Call call) {
        return generation.catalogue().get(name(call), call.caller());
    }

    private Future<Void> serve(String address, Kind kind) {
        return serve(address, this::named, (call, stream) -> asking.ask(kind, named(call), call, stream));
    }

    private Future<Answer> explain(Call call) {
        var request = new JsonObject(object(call.body().fields().get("request")));
        var entry = generation.catalogue().get(request.getString("model"), call.caller());
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
