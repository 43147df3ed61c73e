package io.gotthard.contracts;

/**
 * What became of an admitted request.
 *
 * @param end how it ended
 * @param usage what the client got, from whatever source; null if it got nothing, which costs nothing
 * @param attempts how many times upstreams were asked
 * @param firstTokenNanos from the admission to the first content of the answer; 0 if there was none
 * @param answered the {@link Demand#candidates candidate} that answered; null stands for the first
 */
public record Outcome(End end, Usage usage, int attempts, long firstTokenNanos, Candidate answered) {

    /** Of a request that could only be answered by one. */
    public Outcome(End end, Usage usage, int attempts, long firstTokenNanos) {
        this(end, usage, attempts, firstTokenNanos, null);
    }

    /** How a request can end. */
    public enum End {
        /** Answered in full. */
        COMPLETED,
        /** The upstream failed, or refused it. */
        FAILED,
        /** The client left. */
        CANCELLED
    }
}
