package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;

/**
 * Hands on what another verticle answers, as fast as the asker takes it: while the asker is busy the other one is not asked for more, and
 * when the asker is gone it is told.
 */
final class Relay {

    private final Dialogue dialogue;
    private final BusStream stream;

    private Relay(Dialogue dialogue, BusStream stream) {
        this.dialogue = dialogue;
        this.stream = stream;
    }

    /**
     * Begins to hand on.
     *
     * @param dialogue has not asked anything yet
     * @param stream where the asker is answered
     * @return the operation's own answer
     */
    static Future<Answer> of(Dialogue dialogue, BusStream stream) {
        var relay = new Relay(dialogue, stream);
        stream.onCancel(dialogue::cancel);
        stream.onDrain(relay::next);
        return dialogue.next().map(relay::first);
    }

    private Answer first(Answer answer) {
        if (answer.more()) {
            if (stream.write(answer.body())) {
                next();
            }
        }
        return answer;
    }

    private void next() {
        if (!stream.isCancelled()) {
            dialogue.next().onComplete(this::more, cause -> stream.fail(Failure.of(cause)));
        }
    }

    private void more(Answer answer) {
        boolean goOn = stream.write(answer.body());
        if (!answer.more()) {
            stream.end(answer.usage());
        } else if (goOn) {
            next();
        }
    }
}
