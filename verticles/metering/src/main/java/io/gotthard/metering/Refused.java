package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import java.util.Map;

/**
 * What a request took that was refused before anything was counted: nothing.
 *
 * @param refusal why
 */
record Refused(Failure refusal) implements Taken {

    @Override
    public boolean near() {
        return false;
    }

    @Override
    public Future<Void> agreed() {
        return Future.failedFuture(refusal);
    }

    @Override
    public void correct(long tokens, long money) {}

    @Override
    public void release() {}

    @Override
    public Map<String, String> headers(String name, String value) {
        return name == null ? Map.of() : Map.of(name, value);
    }
}
