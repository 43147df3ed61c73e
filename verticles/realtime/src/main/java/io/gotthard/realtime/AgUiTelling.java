package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Tells a front end what happens in a run, as fast as it reads. */
final class AgUiTelling {

    private final Bus bus;
    private final BusStream stream;
    private final AgUiEvents words;
    private Dialogue events;

    AgUiTelling(Bus bus, BusStream stream, AgUiEvents words) {
        this.bus = bus;
        this.stream = stream;
        this.words = words;
    }

    /**
     * Begins.
     *
     * @param run the run, as the REST API shows it
     * @param left told if the front end goes away before the last word
     */
    void begin(Call call, String thread, JsonObject run, Runnable left) {
        var parameters = Map.of(
                "thread",
                thread,
                "after",
                Long.toString(Math.max(0, run.getLong("first_seq") - 1)),
                "run",
                run.getString("id"),
                "format",
                "jsonl");
        events = bus.ask(
                "assistants.streamEvents",
                new Call(bus.nextId(), call.requestId(), call.caller(), call.address(), parameters, null));
        stream.onCancel(() -> {
            events.cancel();
            if (!words.isOver()) {
                left.run();
            }
        });
        stream.write(sse(words.begin(thread)));
        next();
    }

    private void next() {
        events.next().onComplete(this::took, cause -> {
            var failure = Failure.of(cause);
            end(words.broken(failure.getMessage(), failure.code()));
        });
    }

    private void took(Answer answer) {
        var said = new ArrayList<JsonObject>();
        Line.of(answer.body()).forEach(line -> said.addAll(words.of(line.event())));
        if (words.isOver()) {
            events.cancel();
            end(said);
        } else if (!answer.more()) {
            said.addAll(words.broken("The run goes on, but nobody tells of it here; its thread does.", "interrupted"));
            end(said);
        } else if (said.isEmpty() || stream.write(sse(said))) {
            next();
        } else {
            stream.onDrain(this::next);
        }
    }

    /** AG-UI's own last word is what front ends understand, whatever went wrong. */
    private void end(List<JsonObject> said) {
        stream.write(sse(said));
        stream.end(null);
    }

    private static Buffer sse(List<JsonObject> said) {
        var text = Buffer.buffer();
        said.forEach(event ->
                text.appendString("data: ").appendString(event.encode()).appendString("\n\n"));
        return text;
    }
}
