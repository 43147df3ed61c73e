package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Dialogue;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/** A dialogue in which the events of a thread behind a place are read, for somebody who may. */
final class Reading {

    private final Dialogue dialogue;
    private boolean more = true;
    private boolean asking;

    Reading(Bus bus, Audience reader, String thread, long after) {
        var parameters = Map.of("thread", thread, "after", Long.toString(after), "format", "jsonl");
        dialogue = bus.ask(
                "assistants.streamEvents",
                new Call(bus.nextId(), reader.requestId(), reader.caller(), reader.address(), parameters, null));
    }

    /**
     * The next events. That there is an answer at all, be it without any, says that the reader may read them. Fails with what the log
     * fails with, 404 if the reader may not.
     */
    Future<List<Line>> next() {
        asking = true;
        return dialogue.next().map(this::lines);
    }

    private List<Line> lines(Answer answer) {
        asking = false;
        more = answer.more();
        return answer.body().length() == 0 ? List.of() : Line.of(answer.body());
    }

    /** Whether it waits for events. */
    boolean isAsking() {
        return asking;
    }

    /** Whether the log did not say that this was all. */
    boolean hasMore() {
        return more;
    }

    void cancel() {
        dialogue.cancel();
    }
}
