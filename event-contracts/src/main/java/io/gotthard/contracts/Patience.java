package io.gotthard.contracts;

import java.time.Duration;

/**
 * How long the two sides of a dialogue wait for each other.
 *
 * @param withCallee an answering side that says nothing for so long is dead: the asker gives up with 504
 * @param reassurance an answering side whose work takes longer than this says so, hence much shorter than the first
 * @param withReader an asker that takes nothing for so long is cancelled, and the upstream let go
 */
public record Patience(Duration withCallee, Duration reassurance, Duration withReader) {

    /** 30 s for a node that died, and 10 minutes for a reader that stopped reading. */
    public static final Patience USUAL =
            new Patience(Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofMinutes(10));
}
