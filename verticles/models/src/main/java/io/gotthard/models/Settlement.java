package io.gotthard.models;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Outcome;
import io.gotthard.contracts.Outcome.End;
import io.gotthard.contracts.Usage;
import io.gotthard.contracts.Usage.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what one request consumed, and settles it. What the upstream reported counts. Where it reported nothing, what was asked
 * and what was handed on is counted; and a request that brought its client nothing costs nothing.
 */
final class Settlement {

    private static final Logger LOG = LoggerFactory.getLogger(Settlement.class);

    /** Bytes of a request that are kept until it is settled, because they may have to be counted. */
    private static final int KEPT = 64 * 1024;

    private static final int CANCELLED = Failure.cancelled().status();

    private final Asking asking;
    private final Admission admission;
    private final Kind kind;
    private final Usage likely;
    /** The request, or null if it is too large to be kept: what it consumed is then calculated from its length. */
    private final JsonBody body;

    private final Attempts attempts;
    private final long began = System.nanoTime();
    private End end;
    private Answer whole;

    Settlement(Asking asking, Admission admission, Kind kind, Demand demand, Attempts attempts) {
        this.asking = asking;
        this.admission = admission;
        this.kind = kind;
        this.likely = demand.likely();
        // A long answer does not hold on to a large request.
        var asked = demand.call().body();
        int sent = asked.source() == null ? 0 : asked.source().length();
        int form = asked.form() == null ? 0 : asked.form().length();
        // Files are not counted, but would be kept with it.
        this.body = asked.length() + sent + form <= KEPT ? asked : null;
        this.attempts = attempts;
    }

    /** The answer is there, all at once. */
    void whole(Answer answer) {
        if (end == null) {
            whole = answer;
            end(answer.usage(), null);
        }
    }

    /** The stream is over, or there is no answer. */
    void end(Usage usage, Failure cause) {
        if (end != null) {
            return;
        }
        end = cause == null ? End.COMPLETED : cause.status() == CANCELLED ? End.CANCELLED : End.FAILED;
        var known = usage != null && usage.source() != Source.NONE
                ? usage
                : attempts.tally().reported();
        boolean took = end == End.CANCELLED && attempts.tally().hasSound();
        if (known != null) {
            settle(complete(known));
        } else if (cause == null || attempts.tally().hasText() || took) {
            asking.count(this);
        } else {
            settle(null);
        }
    }

    /** Counts what the upstream did not report; may take a while. */
    Void count() {
        Usage counted;
        try {
            counted = counted();
        } catch (RuntimeException e) {
            LOG.error("What a request to {} consumed can't be counted; it is calculated", likely.model(), e);
            counted = likely;
        }
        settle(complete(counted));
        return null;
    }

    /**
     * With what an upstream does not report: the characters that were spoken, or about how long the sound was. Sound that its upstream
     * broke off is nothing that one could use; but who leaves in its midst pays for it.
     */
    private Usage complete(Usage usage) {
        if (usage.media() != null || likely.media() == null || end == End.FAILED) {
            return usage;
        }
        boolean guessed = likely.media().audioMillis() > 0;
        return usage.with(likely.media(), guessed ? Source.ESTIMATED : usage.source());
    }

    private Usage counted() {
        var model = attempts.candidate().model();
        var asked = body == null
                ? new Tokens.Count(likely.promptTokens(), Source.ESTIMATED)
                : Tokens.prompt(kind, model, body.fields());
        var said = whole == null ? handedOn(model) : Tokens.text(model, Texts.of(whole.body()));
        boolean exact = asked.source() == Source.COUNTED && said.source() == Source.COUNTED;
        return Usage.counted(
                model,
                attempts.candidate().upstream(),
                exact ? Source.COUNTED : Source.ESTIMATED,
                asked.tokens(),
                said.tokens());
    }

    private Tokens.Count handedOn(String model) {
        var tally = attempts.tally();
        var kept = Tokens.text(model, tally.text());
        return tally.isWhole() ? kept : new Tokens.Count(tally.scaled(kept.tokens()), Source.ESTIMATED);
    }

    private void settle(Usage usage) {
        long first = attempts.tally().firstToken();
        long waited = first == 0 ? 0 : first - began;
        admission.settle(new Outcome(end, usage, attempts.count(), waited, attempts.candidate()));
    }
}
