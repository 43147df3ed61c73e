package io.gotthard.models;

import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.gotthard.models.provider.Outlet;
import io.vertx.core.buffer.Buffer;

/** One attempt to answer a request, whose answer is passed on as it comes. */
final class Attempt implements Outlet {

    private final BusStream stream;

    Attempt(BusStream stream) {
        this.stream = stream;
    }

    @Override
    public void connected() {}

    @Override
    public void answering() {}

    @Override
    public void heard() {}

    @Override
    public boolean write(Buffer events, boolean content) {
        return stream.write(events);
    }

    @Override
    public void end(Usage usage) {
        stream.end(usage);
    }

    @Override
    public void fail(Failure cause) {
        stream.fail(cause);
    }

    @Override
    public void onDrain(Runnable action) {
        stream.onDrain(action);
    }

    @Override
    public void onCancel(Runnable action) {
        stream.onCancel(action);
    }

    @Override
    public boolean isCancelled() {
        return stream.isCancelled();
    }
}
