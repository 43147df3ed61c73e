package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.gotthard.models.Standing.Permit;
import io.gotthard.models.provider.Outlet;
import io.gotthard.models.provider.Question;
import io.gotthard.models.provider.Tally;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try of a target. It holds back what is no content yet, or everything if whole answers are wanted, so that it can be thrown away;
 * and it ends in one of four ways, of which only the first counts: its {@link Attempts} are told that it completed or failed, a
 * deadline passes, or nobody wants it any more.
 */
final class Attempt implements Outlet {

    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);

    /** How much of an answer without any content is believed to be one all the same. */
    private static final int MOST_HELD = 64 * 1024;

    private final Attempts attempts;
    private final Target target;
    private final int index;
    private final Permit permit;
    private final boolean streaming;
    private final boolean live;
    private final Deadlines deadlines;
    private final BusStream stream;
    private final Tally tally = new Tally();
    private final long began = System.nanoTime();
    private boolean connected;
    private boolean answering;
    /** Whether some of the answer itself is there. */
    private boolean content;

    private boolean heard;
    private long lastHeard = began;
    private boolean paused;
    /** What opens the stream, if there is one. */
    private Answer head = Answer.events();

    private Buffer held;
    private boolean passing;
    private boolean over;
    private boolean cancelled;
    private Runnable onDrain = () -> {};
    private Runnable onCancel = () -> {};

    /**
     * A try that has not begun.
     *
     * @param index the target's in the route
     */
    Attempt(Attempts attempts, Route route, int index, Permit permit, boolean streaming, BusStream stream) {
        this.attempts = attempts;
        this.target = route.targets().get(index);
        this.index = index;
        this.permit = permit;
        this.streaming = streaming;
        this.live = route.model().delivery() == Model.Delivery.LIVE;
        this.deadlines = route.model().deadlines();
        this.stream = stream;
    }

    void begin(Route route, Kind kind, Call call) {
        var question = new Question(kind, call, route.name(), target.upstream(), route.upstreamModel(target), tally);
        Future<Answer> asked;
        try {
            asked = target.provider().ask(question, this);
        } catch (RuntimeException e) {
            asked = Future.failedFuture(e);
        }
        asked.onComplete(this::answered, cause -> fail(failure(call, cause)));
    }

    private static Failure failure(Call call, Throwable cause) {
        if (!(cause instanceof Failure)) {
            LOG.error("An upstream could not be asked, request {}", call.requestId(), cause);
        }
        return Failure.of(cause);
    }

    private void answered(Answer answer) {
        if (!over && !answer.more()) {
            over = true;
            noteAnswer(false);
            attempts.whole(this, answer);
        }
    }

    private void noteAnswer(boolean isStream) {
        long now = System.nanoTime();
        target.standing().answered(isStream, now - began, now);
    }

    @Override
    public void connected() {
        connected = true;
        heard = true;
    }

    @Override
    public void answering() {
        answering = true;
        heard = true;
    }

    @Override
    public void opens(String contentType) {
        head = Answer.bytes(contentType);
    }

    @Override
    public void heard() {
        heard = true;
        content |= answering && !streaming;
    }

    @Override
    public boolean write(Buffer events, boolean hasContent) {
        if (over) {
            return true;
        }
        heard = true;
        if (hasContent && !content) {
            content = true;
            noteAnswer(true);
        }
        if (passing) {
            paused = !stream.write(events);
            return !paused;
        }
        held = held == null ? events : held.appendBuffer(events);
        if (live && (content || held.length() > MOST_HELD)) {
            pass();
        } else if (held.length() > target.mostHeld()) {
            abandon();
            attempts.failed(this, Fault.REQUEST, tooLarge());
        }
        return !paused;
    }

    private static Failure tooLarge() {
        return Failure.upstream("upstream_answer_too_large", "The model's upstream gave an answer that is too large.");
    }

    /** From now on the client sees it, and nobody else can answer any more. */
    private void pass() {
        passing = true;
        stream.onDrain(this::drained);
        if (held != null) {
            paused = !stream.write(held);
            held = null;
        }
        attempts.passing(this);
    }

    private void drained() {
        paused = false;
        heard = true;
        onDrain.run();
    }

    @Override
    public void end(Usage usage) {
        if (!over) {
            over = true;
            if (!passing) {
                pass();
            }
            attempts.ended(this);
            stream.end(usage);
        }
    }

    @Override
    public void fail(Failure cause) {
        if (!over) {
            over = true;
            attempts.failed(this, Fault.of(cause), target.provider().masked(cause));
        }
    }

    @Override
    public void onDrain(Runnable action) {
        onDrain = action;
    }

    @Override
    public void onCancel(Runnable action) {
        onCancel = action;
        if (cancelled) {
            action.run();
        }
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    /** Nobody wants it any more. */
    void abandon() {
        if (!over) {
            over = true;
            cancelled = true;
            held = null;
            onCancel.run();
        }
    }

    /** Ends it if a deadline has passed. */
    void check(long now) {
        if (heard || paused) {
            heard = false;
            lastHeard = now;
        }
        var failure = late(now);
        if (failure != null && !over) {
            abandon();
            attempts.failed(this, Fault.SILENT, failure);
        }
    }

    private Failure late(long now) {
        if (!connected && passed(deadlines.connect(), began, now)) {
            return Failure.upstream("upstream_unreachable", "The model's upstream can't be reached.");
        }
        if ((!answering && passed(deadlines.headers(streaming), began, now))
                || (!content
                        && passed(deadlines.firstToken(), streaming ? began : lastHeard, now)
                        && (streaming || answering))
                || passed(deadlines.attempt(), began, now)) {
            return Failure.timeout("The model's upstream did not answer in time.");
        }
        if ((content && passed(deadlines.chunk(), lastHeard, now)) || passed(target.idle(), lastHeard, now)) {
            return Failure.timeout("The model's upstream fell silent.");
        }
        return null;
    }

    private static boolean passed(Duration deadline, long since, long now) {
        return now - since > deadline.toNanos();
    }

    Target target() {
        return target;
    }

    int index() {
        return index;
    }

    Permit permit() {
        return permit;
    }

    Tally tally() {
        return tally;
    }

    Answer head() {
        return head;
    }

    /** Whether the client has seen something of it. */
    boolean isPassing() {
        return passing;
    }
}
