package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Failure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Gives a {@link KeptAnswer} to one of those who asked for it, on their own context and as fast as they take it. */
final class Replay {

    /** What the head of an answer says that was not made for this request. */
    private static final String REPLAYED = "idempotent-replayed";

    private static final String LIMITS = "x-ratelimit-";

    private final KeptAnswer kept;
    private final BusStream stream;
    private final Context context;
    private final boolean again;
    private final Promise<Answer> first = Promise.promise();
    private final AtomicBoolean woken = new AtomicBoolean();
    /** How many pieces it has. Only the answer looks at it, under its lock. */
    private int position;

    private boolean opened;
    private boolean paused;
    private boolean over;

    /** @param again whether the request was asked before */
    Replay(KeptAnswer kept, BusStream stream, Context context, boolean again) {
        this.kept = kept;
        this.stream = stream;
        this.context = context;
        this.again = again;
    }

    int position() {
        return position;
    }

    void position(int taken) {
        position = taken;
    }

    /** The answer, or the one that opens the stream. */
    Future<Answer> begin() {
        stream.onDrain(() -> {
            paused = false;
            go();
        });
        stream.onCancel(() -> {
            leave();
            first.tryFail(Failure.cancelled());
        });
        go();
        return first.future();
    }

    /** There is more. */
    void wake() {
        if (woken.compareAndSet(false, true)) {
            context.runOnContext(now -> {
                woken.set(false);
                go();
            });
        }
    }

    private void leave() {
        over = true;
        kept.remove(this);
    }

    private void go() {
        if (over) {
            return;
        }
        var head = kept.head();
        if (head == null) {
            var failure = kept.failure();
            if (failure != null) {
                leave();
                first.fail(failure);
            }
        } else if (!head.more()) {
            leave();
            first.complete(shown(new Answer(
                    head.status(),
                    head.contentType(),
                    head.body().copy(),
                    false,
                    isReplayed() ? null : kept.usage(),
                    head.headers())));
        } else {
            stream(head);
        }
    }

    private void stream(Answer head) {
        if (!opened) {
            opened = true;
            first.complete(shown(head));
        }
        while (!paused) {
            var data = kept.take(this);
            if (data == null) {
                break;
            }
            paused = !stream.write(data);
        }
        if (!paused && !over && kept.isRead(this)) {
            leave();
            if (kept.failure() == null) {
                stream.end(isReplayed() ? null : kept.usage());
            } else {
                stream.fail(kept.failure());
            }
        }
    }

    private boolean isReplayed() {
        return again || kept.isFromElsewhere();
    }

    private Answer shown(Answer answer) {
        if (!isReplayed()) {
            return answer;
        }
        // The limits are those of a moment that is over.
        var headers = new HashMap<>(answer.headers());
        headers.keySet().removeIf(name -> name.startsWith(LIMITS));
        headers.put(REPLAYED, "true");
        return answer.with(headers);
    }
}
