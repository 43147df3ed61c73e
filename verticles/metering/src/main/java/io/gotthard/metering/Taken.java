package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import java.util.Map;

/** What a request took from the counters of its limits. It ends with {@link #correct} or {@link #release}; the first of them counts. */
interface Taken {

    /** Why the request may not be made, with the headers that tell how it stands; null if it may. Then nothing was taken. */
    Failure refusal();

    /** Whether {@link #agreed} must be waited for before the upstream is asked, because a limit is nearly reached. */
    boolean near();

    /**
     * Completes when all counters agreed, be they on another machine; at once if all are here. If it fails, with the {@link Failure}
     * for the client, nothing is taken any more. It completes on whatever context counts.
     */
    Future<Void> agreed();

    /**
     * Tells what the request consumed in the end, and that it is over.
     *
     * @param tokens how many; what was taken beyond that is given back, and what is missing is owed
     * @param money nanos, in the same way
     */
    void correct(long tokens, long money);

    /** Gives all back, as if the request had never been: for one that never was admitted. */
    void release();

    /** The {@code x-ratelimit-…} of OpenAI as they stood when it took, and another one. */
    Map<String, String> headers(String name, String value);
}
