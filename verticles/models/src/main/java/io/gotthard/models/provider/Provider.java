package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;

/** Speaks one protocol to one upstream: asks it in its words, and answers in OpenAI's. */
public interface Provider {

    /**
     * Asks the upstream.
     *
     * <p>A stream is {@link Answer#events()} as soon as the upstream began, and whole events written to the outlet, each
     * {@code data: …} with a blank line after it; {@code data: [DONE]} is written only if the upstream really finished. What
     * breaks before the first event fails the future, what breaks later fails the outlet. A cancelled attempt lets go of the
     * upstream at once.
     *
     * @return the answer with its usage, or a {@link Failure} in terms of the gateway
     */
    Future<Answer> ask(Question question, Outlet outlet);

    /** The same failure without what nobody may see of the upstream, such as its key, should it have said that. */
    default Failure masked(Failure failure) {
        return failure;
    }
}
