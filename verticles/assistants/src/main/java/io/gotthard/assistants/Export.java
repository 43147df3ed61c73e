package io.gotthard.assistants;

import io.gotthard.kit.Refusal;
import io.vertx.core.Future;
import java.util.List;

/** Reads a log to where it ended when this began. */
final class Export implements Follow {

    private final LogReader reader;
    private final long thread;
    private long place;
    private long end = Long.MAX_VALUE;

    Export(LogReader reader, long thread) {
        this.reader = reader;
        this.thread = thread;
    }

    @Override
    public Future<List<Logged>> next() {
        if (place >= end) {
            return Future.succeededFuture(List.of());
        }
        return reader.after(thread, place, Tail.PAGE, Filter.ALL).compose(page -> {
            if (page.gone()) {
                return Future.failedFuture(Refusal.notFound("thread"));
            }
            end = Math.min(end, page.last());
            place = page.place();
            return Future.succeededFuture(
                    page.events().stream().filter(event -> event.seq() <= end).toList());
        });
    }

    @Override
    public void close() {
        end = 0;
    }
}
