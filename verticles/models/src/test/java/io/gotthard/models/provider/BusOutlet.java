package io.gotthard.models.provider;

import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.vertx.core.buffer.Buffer;

/** Passes on what a provider says as it comes. */
final class BusOutlet implements Outlet {

    private final BusStream stream;

    BusOutlet(BusStream stream) {
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
