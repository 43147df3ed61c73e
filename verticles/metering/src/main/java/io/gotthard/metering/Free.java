package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import java.util.Map;

/** What a request takes for which no limit holds. */
final class Free implements Taken {

    static final Taken TAKEN = new Free();

    private static final Future<Void> AGREED = Future.succeededFuture();

    private Free() {}

    @Override
    public Failure refusal() {
        return null;
    }

    @Override
    public boolean near() {
        return false;
    }

    @Override
    public Future<Void> agreed() {
        return AGREED;
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
