package io.gotthard.models;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Meter;
import io.gotthard.models.Catalogue.Entry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Asks models for callers, and sees to it that each request is admitted before its upstream is asked, shows nothing before that is
 * durable, and is settled exactly once, however it ends. One for each deployed verticle.
 */
final class Asking {

    private final Vertx vertx;
    private final Meter meter;
    private final Watch watch;
    private final Acceptance acceptance;
    /** Those whose consumption is still being counted. */
    private final Set<Settlement> counting = new HashSet<>();

    private Promise<Void> idle;

    Asking(Vertx vertx, Meter meter, Watch watch) {
        this.vertx = vertx;
        this.meter = meter;
        this.watch = watch;
        this.acceptance = new Acceptance(vertx);
    }

    /**
     * Asks a model; 400 if it is of another kind, 403 if it is nowhere where the request may be answered, and whatever the
     * {@link Meter} refuses.
     */
    Future<Answer> ask(Kind kind, Entry entry, Call call, BusStream stream) {
        entry.require(kind);
        var reach = entry.reach().of(call);
        var demand = demand(kind, entry.name(), reach, call, call.body());
        // Its own attempts count themselves; until there are any, this does.
        var use = entry.use();
        use.begin();
        return meter.admit(demand).transform(admitted -> {
            try {
                return admitted.failed()
                        ? Future.failedFuture(admitted.cause())
                        : ask(kind, reach, use, demand, stream, admitted.result());
            } finally {
                use.end();
            }
        });
    }

    private Future<Answer> ask(Kind kind, Reach reach, Use use, Demand demand, BusStream stream, Admission admission) {
        var attempts = new Attempts(watch, kind, demand.call(), stream, reach, use);
        var settlement = new Settlement(this, acceptance.of(demand.call(), admission), kind, demand, attempts);
        stream.onEnd(settlement::end);
        if (stream.isCancelled()) {
            return Future.failedFuture(Failure.cancelled());
        }
        var asked = attempts.begin();
        var granted = admission.granted();
        // Whatever the upstream is doing: it is to stop, and the client is to know why.
        granted.onFailure(cause -> stream.stop(Failure.of(cause)));
        return asked.transform(result -> {
            admission.answered();
            if (result.failed()) {
                settlement.end(null, Failure.of(result.cause()));
            } else if (!result.result().more()) {
                settlement.whole(result.result());
            }
            return granted.compose(durable -> result.failed()
                    ? Future.failedFuture(result.cause())
                    : Future.succeededFuture(with(admission.headers(), result.result())));
        });
    }

    private static Answer with(Map<String, String> headers, Answer answer) {
        if (headers.isEmpty()) {
            return answer;
        }
        var all = new HashMap<>(answer.headers());
        all.putAll(headers);
        return answer.with(all);
    }

    /** What a request would cost and which limits are near, without asking anybody. */
    Future<JsonObject> explain(Kind kind, Entry entry, Call call, JsonBody request) {
        entry.require(kind);
        return meter.explain(demand(kind, entry.name(), entry.reach().of(call), call, request));
    }

    private static Demand demand(Kind kind, String model, Reach reach, Call call, JsonBody body) {
        var upstream = reach.candidates().getFirst().upstream();
        return new Demand(
                call,
                kind.operation(),
                Expected.likely(kind, model, upstream, body),
                Expected.most(kind, model, upstream, body, reach.mostOutput()),
                reach.candidates(),
                reach.policy(call));
    }

    /** Counts where that does not hold up others, and settles then. */
    void count(Settlement settlement) {
        counting.add(settlement);
        vertx.executeBlocking(settlement::count, false).onComplete(done -> {
            counting.remove(settlement);
            if (idle != null && counting.isEmpty()) {
                idle.tryComplete();
            }
        });
    }

    /** Completes when nothing is being counted any more. */
    Future<Void> close() {
        idle = Promise.promise();
        if (counting.isEmpty()) {
            idle.complete();
        }
        return idle.future().compose(counted -> acceptance.close());
    }
}
