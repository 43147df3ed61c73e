package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.gotthard.models.Claims.Held;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for the answer that a {@link KeptAnswer} keeps: this node's own verticle, if the request can be claimed; or else it waits for what
 * another node is answered. It does not read for anybody, so it goes on when the client is gone.
 */
final class AskedOnce {

    private static final Logger LOG = LoggerFactory.getLogger(AskedOnce.class);

    /** How often it is looked whether another node has the answer. */
    private static final long AGAIN_MILLIS = 300;

    private final Claims claims;
    private final KeptAnswers answers;
    private final KeptAnswer kept;
    private final Bus bus;
    private final String address;
    private final Context context = Vertx.currentContext();
    /** The request, until it is asked: a long answer does not hold on to a large request. */
    private Call call;

    private Dialogue dialogue;
    private boolean begun;
    private boolean over;

    /** A request that is not asked yet. */
    AskedOnce(Claims claims, KeptAnswers answers, KeptAnswer kept, Bus bus, String address, Call call) {
        this.claims = claims;
        this.answers = answers;
        this.kept = kept;
        this.bus = bus;
        this.address = address;
        this.call = call;
    }

    void begin() {
        kept.onAbandon(() -> context.runOnContext(now -> abandon()));
        claim();
    }

    private void claim() {
        claims.claim(kept).onComplete(result -> context.runOnContext(now -> claimed(result)));
    }

    private void claimed(AsyncResult<Held> result) {
        if (result.failed()) {
            LOG.debug("Whether other nodes know of request {} is not known", call.requestId(), result.cause());
        }
        var held = result.result();
        if (over) {
            if (held == null) {
                claims.release(kept.id());
            }
        } else if (held == null) {
            ask();
        } else if (!kept.isOf(held.print())) {
            drop(Idempotency.reused());
        } else if (held.isGone()) {
            drop(Idempotency.gone());
        } else if (held.answer() != null) {
            take(held.answer());
        } else {
            context.owner().setTimer(AGAIN_MILLIS, again -> retry());
        }
    }

    private void retry() {
        if (!over) {
            claim();
        }
    }

    /** Another node's answer stays there: who comes next looks for it again. */
    private void take(Answer answer) {
        over = true;
        kept.fromElsewhere();
        if (answer.more()) {
            kept.head(KeptAnswer.streamHead(answer));
            kept.add(answer.body());
            kept.end(null);
        } else {
            kept.whole(answer);
        }
        answers.remove(kept);
    }

    private void drop(Failure cause) {
        over = true;
        kept.fail(cause);
        answers.remove(kept);
    }

    private void ask() {
        var parameters = new HashMap<>(call.parameters());
        parameters.remove(Idempotency.KEY);
        var asked = new Call(
                bus.nextId(), call.requestId(), call.caller(), call.address(), Map.copyOf(parameters), call.body());
        call = null;
        dialogue = bus.ask(address, asked);
        next();
    }

    private void next() {
        if (!over) {
            dialogue.next().onComplete(this::answered, this::failed);
        }
    }

    private void answered(Answer answer) {
        if (over) {
            return;
        }
        if (!kept.isTooLarge() && !answers.grow(kept, answer.body().length() + (long) KeptAnswer.OF_A_PIECE)) {
            kept.tooLarge();
        }
        // A stream can be at its end when it is shown first.
        if (!begun && !answer.more() && !answer.contentType().equals(Answer.SSE)) {
            kept.whole(answer);
            finish();
            return;
        }
        if (!begun) {
            begun = true;
            kept.head(KeptAnswer.streamHead(answer));
        }
        kept.add(answer.body());
        if (!answer.more()) {
            kept.end(answer.usage());
            finish();
        } else if (kept.hasRoom(() -> context.runOnContext(room -> next()))) {
            next();
        }
    }

    private void finish() {
        over = true;
        if (kept.isTooLarge()) {
            answers.remove(kept);
        } else {
            answers.complete(kept, System.nanoTime());
        }
        claims.finish(kept.id());
    }

    private void failed(Throwable cause) {
        if (!over) {
            drop(Failure.of(cause));
            claims.release(kept.id());
        }
    }

    /** Nobody has been reading for too long. */
    private void abandon() {
        if (over) {
            return;
        }
        if (dialogue == null) {
            drop(Failure.cancelled());
        } else {
            dialogue.cancel();
            failed(Failure.cancelled());
        }
    }
}
