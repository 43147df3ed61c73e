package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;

/** Provisional. */
public final class Demo implements Provider {
    /** Provisional. */
    public static final String NAME = "demo", CHAT = "demo-chat", EMBEDDING = "demo-embedding";

    @Override
    public Future<Answer> ask(Question question, BusStream stream) {
        throw Failure.unavailable("provisional");
    }
}
