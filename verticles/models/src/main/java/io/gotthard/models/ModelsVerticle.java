package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/** Serves the models: what there is, and asking it. Deployed once for each event loop, and keeps nothing between requests. */
public final class ModelsVerticle extends VerticleBase {

    private static final Buffer READY = Buffer.buffer("{\"status\":\"ok\"}");

    private final ModelsSettings settings;
    private Bus bus;
    private Catalogue catalogue;

    /** A verticle that serves the configured models. */
    public ModelsVerticle(ModelsSettings settings) {
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        catalogue = new Catalogue(vertx, settings.upstreams(), settings.models());
        var external = new External(settings.external(), catalogue);
        return Future.all(List.of(
                bus.serve("models.checkReadiness", (call, stream) -> answer(READY)),
                bus.serve(
                        "models.listModels",
                        (call, stream) -> answer(catalogue.json(call.caller()).toBuffer())),
                bus.serve("models.retrieveModel", (call, stream) -> retrieve(call)),
                bus.serve("models.createChatCompletion", (call, stream) -> ask(Kind.CHAT, call, stream)),
                bus.serve("models.createCompletion", (call, stream) -> ask(Kind.COMPLETION, call, stream)),
                bus.serve("models.createEmbedding", (call, stream) -> ask(Kind.EMBEDDING, call, stream)),
                bus.serve(
                        "models.listExternalModels",
                        (call, stream) -> answer(external.list(call.caller()).toBuffer())),
                bus.serve("models.createExternalChatCompletion", external::ask)));
    }

    @Override
    public Future<?> stop() {
        return bus.close(settings.drain().toMillis());
    }

    private Future<Answer> retrieve(Call call) {
        var entry = catalogue.get(call.parameters().get("model"), call.caller());
        return answer(entry.json().toBuffer());
    }

    private Future<Answer> ask(Kind kind, Call call, BusStream stream) {
        var entry = catalogue.get((String) call.body().fields().get("model"), call.caller());
        return entry.ask(kind, call, stream);
    }

    private static Future<Answer> answer(Buffer json) {
        return Future.succeededFuture(Answer.json(json));
    }
}
