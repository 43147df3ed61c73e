package io.gotthard.models;

import io.gotthard.contracts.Failure;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * How a target has done lately, for all event loops together: so each learns from what befell the others, one request at a time tries
 * whether a broken target works again, and open requests are counted in one place. It is asked twice for each attempt, and not for
 * what streams in between.
 *
 * <p>A target is good until it fails. After too many failures it is out: nobody asks it for a while, and then one request at a time
 * does, until one is answered. A target that fell silent is suspect: it is asked last, and first again by one request at a time. All
 * times are of {@link System#nanoTime}.
 */
final class Standing {

    /** How it is. */
    enum State {
        GOOD(0),
        SUSPECT(1),
        OUT(2),
        /** Out because our credentials are refused. */
        REFUSED(3);

        private final int value;

        State(int value) {
            this.value = value;
        }

        /** What metrics call it. */
        int value() {
            return value;
        }
    }

    /** Whether an attempt may begin. */
    enum Permit {
        NO,
        YES,
        /** As the only one that tries whether the target works again. */
        PROBE
    }

    private static final long WINDOW = 10_000_000_000L;
    /** How many times the longest ejection an upstream may ask to be left alone. */
    private static final int LONGEST_REST = 12;

    private static final double NEWEST = 0.2;
    /** After so long, what is known of a target's speed counts for a third: or who was slow once would never be asked again. */
    private static final double FORGOTTEN = 10_000_000_000.0;

    /** The standings of all targets of the upstream, this one included, which have one key. */
    private final Collection<Standing> ofUpstream;

    private State state = State.GOOD;
    private boolean probing;
    /** Until when others wait for a trial; if it takes longer, the next one may try. */
    private long probeUntil;
    /** How long that is, as the last one who failed had it. */
    private long longest;
    /** When it may be tried again, if it is not good. */
    private long until;
    /** Whether it asked to be left alone, and until when. */
    private boolean rests;

    private long restUntil;

    private int failures;
    private int ejections;
    private long windowBegan;
    private int attempts;
    private int bad;
    private Failure last;
    private int busy;
    private double whole;
    private double firstContent;
    private long answeredAt;

    /** The standing of the only target of an upstream. */
    Standing() {
        this(new ConcurrentLinkedQueue<>());
    }

    /** @param ofUpstream the standings of the upstream's other targets, to which this one is added */
    Standing(Collection<Standing> ofUpstream) {
        this.ofUpstream = ofUpstream;
        ofUpstream.add(this);
    }

    /** Whether it is as good as any. */
    synchronized boolean isPreferred(long now) {
        return state == State.GOOD ? !rests || now - restUntil >= 0 : mayProbe(now);
    }

    /** Whether it may be asked at all. */
    synchronized boolean isUsable(long now) {
        return state == State.GOOD || state == State.SUSPECT || mayProbe(now);
    }

    private boolean mayProbe(long now) {
        return now - (probing ? probeUntil : until) >= 0;
    }

    /** What those are told who may not ask: what happened last, and when it is tried again. */
    synchronized Failure refusal(long now) {
        long millis = TimeUnit.NANOSECONDS.toMillis(Math.max(0, (probing ? probeUntil : until) - now)) + 1;
        return last == null
                ? Failure.unavailable("The model is out of service at the moment.")
                : new Failure(last.status(), last.type(), last.code(), last.param(), last.getMessage(), millis);
    }

    synchronized State state() {
        return state;
    }

    /** How many attempts are open. */
    synchronized int busy() {
        return busy;
    }

    /** How long it takes to answer, in nanoseconds, less the longer that was not seen; 0 if it is not known. */
    synchronized double latency(boolean streaming, long now) {
        double known = streaming ? firstContent : whole;
        return known == 0 ? 0 : known * Math.exp((answeredAt - now) / FORGOTTEN);
    }

    /** An attempt begins, if it may, to be followed by exactly one of {@link #succeeded}, {@link #failed} and {@link #left}. */
    synchronized Permit begin(long now) {
        if (!isUsable(now)) {
            return Permit.NO;
        }
        busy++;
        if (state == State.GOOD || !mayProbe(now)) {
            return Permit.YES;
        }
        probing = true;
        probeUntil = now + longest;
        return Permit.PROBE;
    }

    /** The whole answer, or the first content of a stream is there. */
    synchronized void answered(boolean streaming, long nanos, long now) {
        if (streaming) {
            firstContent = average(firstContent, nanos);
        } else {
            whole = average(whole, nanos);
        }
        answeredAt = now;
        state = State.GOOD;
        rests = false;
    }

    private static double average(double before, long nanos) {
        return before == 0 ? nanos : before + (nanos - before) * NEWEST;
    }

    /** The answer was complete. */
    synchronized void succeeded(long now, Permit permit) {
        ended(permit);
        count(now, 0);
        recovered();
    }

    /** Nobody wanted the answer any more: that says nothing of the target. */
    synchronized void left(Permit permit) {
        ended(permit);
    }

    /**
     * The attempt failed. If that was for refused credentials, all targets of the upstream are out.
     *
     * @param cause what whoever asks while it is out is told
     * @return whether it is out because of this, and was not before
     */
    boolean failed(Fault fault, Failure cause, long now, Permit permit, Breaker breaker) {
        boolean isOut = noted(fault, cause, now, permit, breaker);
        if (isOut && fault == Fault.CREDENTIALS) {
            // One after the other, and none while another is locked.
            ofUpstream.forEach(other -> other.refused(cause, now, breaker));
        }
        return isOut;
    }

    private synchronized void refused(Failure cause, long now, Breaker breaker) {
        last = cause;
        state = State.REFUSED;
        longest = breaker.longest().toNanos();
        until = now + longest;
    }

    private synchronized boolean noted(Fault fault, Failure cause, long now, Permit permit, Breaker breaker) {
        ended(permit);
        if (cause.retryAfterMillis() >= 0) {
            long asked = TimeUnit.MILLISECONDS.toNanos(cause.retryAfterMillis());
            rest(now + Math.min(asked, breaker.longest().toNanos() * LONGEST_REST));
        } else if (fault == Fault.BUSY && breaker.failures() > 0) {
            // It does not say for how long; and who has had enough is not helped by being asked first.
            rest(now + breaker.open().toNanos());
        }
        if (fault == Fault.REQUEST || fault == Fault.TOO_LONG || fault == Fault.BUSY) {
            // It can't or won't, but it is there.
            recovered();
            return false;
        }
        if (fault == Fault.CANCELLED || fault == Fault.UNABLE || breaker.failures() == 0) {
            return false;
        }
        count(now, 1);
        failures++;
        boolean wasOut = state == State.OUT || state == State.REFUSED;
        if (wasOut && permit != Permit.PROBE) {
            // One of those that were under way when it was put out.
            return false;
        }
        last = cause;
        longest = breaker.longest().toNanos();
        if (fault == Fault.CREDENTIALS) {
            refused(cause, now, breaker);
        } else if (wasOut || isTooBad(breaker.failures())) {
            state = State.OUT;
            until = now + breaker.openNanos(++ejections);
        } else if (fault == Fault.SILENT || state == State.SUSPECT) {
            state = State.SUSPECT;
            until = now + longest;
        }
        return !wasOut && (state == State.OUT || state == State.REFUSED);
    }

    private void rest(long end) {
        rests = true;
        restUntil = end;
    }

    private boolean isTooBad(int most) {
        return failures >= most || (attempts >= 2 * most && 2 * bad > attempts);
    }

    private void recovered() {
        failures = 0;
        ejections = 0;
        state = State.GOOD;
    }

    private void ended(Permit permit) {
        busy--;
        probing &= permit != Permit.PROBE;
    }

    private void count(long now, int failed) {
        if (attempts == 0 || now - windowBegan > WINDOW) {
            windowBegan = now;
            attempts = 0;
            bad = 0;
        }
        attempts++;
        bad += failed;
    }
}
