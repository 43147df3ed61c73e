package io.gotthard.assistants;

import java.time.Duration;

/**
 * How much of a log is kept where, and how long for.
 *
 * @param patience how long an appending may wait for the database
 * @param waiting how many appendings may wait
 * @param waitingChars how many characters they may have together
 * @param threadEvents how many of the last events of a thread are remembered; at most twice as many before the older half is forgotten
 * @param memoryChars how many characters the remembered events of all threads may have
 * @param look how often followed threads are looked at although nobody told of anything
 * @param sweep how often it is looked for events that are to go
 */
record LogBounds(
        Duration patience,
        int waiting,
        long waitingChars,
        int threadEvents,
        long memoryChars,
        Duration look,
        Duration sweep) {

    /** Those of a real node. */
    static final LogBounds USUAL = new LogBounds(
            Duration.ofSeconds(10), 20_000, 64L << 20, 1000, 64L << 20, Duration.ofSeconds(5), Duration.ofMinutes(1));
}
