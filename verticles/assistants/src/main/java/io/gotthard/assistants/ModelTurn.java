package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.EventData;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a model once in a run, and shows what it says while it says it. The same question of the same run has the same idempotency key,
 * whoever asks it: so an answer that was paid for is given again, if it still is there. To be used on a virtual thread.
 */
final class ModelTurn {

    private static final Logger LOG = LoggerFactory.getLogger(ModelTurn.class);

    private static final int ATTEMPTS = 4;
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 20_000;

    private final Bus bus;
    private final RunRow run;
    private final Caller caller;
    private final Pen pen;
    private final Halt halt;
    private final int step;

    /** @param step which question of the run it is, from 1 */
    ModelTurn(Bus bus, RunRow run, Caller caller, Pen pen, Halt halt, int step) {
        this.bus = bus;
        this.run = run;
        this.caller = caller;
        this.pen = pen;
        this.halt = halt;
        this.step = step;
    }

    /** Whether a message has an id as messages of models in runs have it. */
    static boolean isItsMessage(String messageId) {
        return messageId.indexOf('_', "msg_".length()) > 0;
    }

    /**
     * The model's answer; what passes is waited for and tried again some times.
     *
     * @throws Broken if it can't be had
     * @throws Fenced if the run is held by somebody else by now
     */
    Turn ask(JsonObject body) {
        var question = body.toBuffer();
        var key = run.id() + ":" + step + ":" + print(question);
        for (int attempt = 1; ; attempt++) {
            var messageId = "msg_%s_%d_%d_%d".formatted(suffix(), step, run.attempt(), attempt);
            var shown = new boolean[1];
            try {
                return once(question, key, messageId, shown);
            } catch (Failure failure) {
                halt.check();
                if (shown[0]) {
                    pen.show(new EventData.MessageDropped(messageId));
                }
                if (attempt == ATTEMPTS || !passes(failure)) {
                    throw new Broken(failure.code() == null ? "model_failed" : failure.code(), failure.getMessage());
                }
                pen.show(new EventData.ErrorOccurred(
                        failure.code() == null ? "model_failed" : failure.code(), failure.getMessage()));
                LOG.debug("Run {} asks its model again", run.id(), failure);
                if (isNotKept(failure)) {
                    // It was asked and paid for, and nobody has the answer any more: it can only be asked anew.
                    key += "+";
                } else {
                    halt.pause(pause(attempt, failure));
                }
            }
        }
    }

    private String suffix() {
        return run.id().substring(run.id().indexOf('_') + 1);
    }

    /** What is asked may differ between attempts, as when a server has other tools by then: another question has another key. */
    private static String print(Buffer question) {
        var crc = new CRC32C();
        crc.update(question.getBytes());
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    private static boolean passes(Failure failure) {
        return switch (failure.status()) {
            case 502, 503, 504 -> true;
            case 429 -> !"false".equals(failure.headers().get("x-should-retry")) && failure.retryAfterMillis() >= 0;
            default -> isNotKept(failure);
        };
    }

    private static boolean isNotKept(Failure failure) {
        return "idempotency_answer_not_kept".equals(failure.code());
    }

    private static long pause(int attempt, Failure failure) {
        long usual = FIRST_PAUSE_MILLIS << (attempt - 1);
        return Math.min(LONGEST_PAUSE_MILLIS, Math.max(usual, failure.retryAfterMillis()));
    }

    private Turn once(Buffer question, String key, String messageId, boolean[] shown) {
        var call = new Call(
                bus.nextId(), run.requestId(), caller, Map.of("idempotency-key", key), JsonBody.parse(question));
        var dialogue = bus.ask("models.createChatCompletion", call);
        try (var _ = halt.with(dialogue::cancel)) {
            return read(dialogue, messageId, shown);
        } catch (Failure | Broken | Fenced known) {
            dialogue.cancel();
            throw known;
        }
    }

    private Turn read(Dialogue dialogue, String messageId, boolean[] shown) {
        var reader = new TurnReader();
        var answer = dialogue.next().await();
        if (answer.status() != 200) {
            throw Failure.upstream("model_failed", "The model answered with the status " + answer.status() + ".");
        }
        var receipt = answer.headers().get("x-gotthard-receipt");
        while (true) {
            reader.read(answer.body());
            if (!reader.thought().isEmpty()) {
                shown[0] = true;
                pen.show(new EventData.ThoughtAdded(messageId, reader.thought()));
            }
            if (!reader.text().isEmpty()) {
                shown[0] = true;
                pen.show(new EventData.ChunkAdded(messageId, reader.text()));
            }
            if (!answer.more()) {
                break;
            }
            answer = dialogue.next().await();
        }
        halt.check();
        return turn(reader, messageId, receipt);
    }

    private Turn turn(TurnReader reader, String messageId, String receipt) {
        return new Turn(
                messageId,
                reader.content(),
                reader.toolCalls("call_" + suffix() + "_" + step + "_"),
                reader.finishReason(),
                new Turn.Consumed(
                        reader.model() == null ? run.agent().definition().model() : reader.model(),
                        reader.used("prompt_tokens"),
                        reader.used("completion_tokens"),
                        reader.used("prompt_tokens_details", "cached_tokens"),
                        reader.used("completion_tokens_details", "reasoning_tokens"),
                        receipt == null ? run.requestId() : receipt));
    }
}
