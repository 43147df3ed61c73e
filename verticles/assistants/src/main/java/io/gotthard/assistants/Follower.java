package io.gotthard.assistants;

import io.gotthard.assistants.LogReader.Page;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.function.Consumer;

/** A reader at its place. One question at a time; what it does for it, it does on the context on which it was asked. */
final class Follower implements Follow {

    private final Vertx vertx;
    private final Tail tail;
    private final Filter filter;
    private final Consumer<Failure> waiter = this::woken;
    private long place;
    private ContextInternal context;
    private Promise<List<Logged>> asked;
    private boolean closed;

    Follower(Vertx vertx, Tail tail, long after, Filter filter) {
        this.vertx = vertx;
        this.tail = tail;
        this.place = after;
        this.filter = filter;
    }

    @Override
    public Future<List<Logged>> next() {
        Promise<List<Logged>> promise;
        synchronized (this) {
            if (closed) {
                return Future.succeededFuture(List.of());
            }
            if (asked != null) {
                throw new IllegalStateException("the last question is not answered yet");
            }
            context = (ContextInternal) vertx.getOrCreateContext();
            promise = context.promise();
            asked = promise;
        }
        step();
        return promise.future();
    }

    private void step() {
        while (isAsked()) {
            switch (tail.after(place, waiter)) {
                case Tail.Here here -> {
                    place = here.events().getLast().seq();
                    if (answer(here.events().stream().filter(filter::matches).toList())) {
                        return;
                    }
                }
                case Tail.InTable table -> {
                    tail.read(place, filter).onComplete((page, failure) -> later(() -> read(page, failure)));
                    return;
                }
                case Tail.Later later -> {
                    return;
                }
                case Tail.Gone gone -> {
                    end();
                    return;
                }
            }
        }
    }

    private void read(Page page, Throwable failure) {
        if (failure != null) {
            fail(failure);
        } else if (page.gone()) {
            end();
        } else {
            place = page.place();
            if (!answer(page.events())) {
                step();
            }
        }
    }

    private void woken(Failure failure) {
        later(() -> {
            if (failure == null) {
                step();
            } else {
                fail(failure);
            }
        });
    }

    private void later(Runnable work) {
        context.runOnContext(here -> work.run());
    }

    private synchronized boolean isAsked() {
        return asked != null;
    }

    /** @return false if there is nothing in it */
    private boolean answer(List<Logged> events) {
        if (!events.isEmpty()) {
            take().tryComplete(events);
        }
        return !events.isEmpty();
    }

    private void end() {
        take().tryComplete(List.of());
    }

    private void fail(Throwable failure) {
        take().tryFail(failure);
    }

    /** The question, which is answered now; one that nobody asked if this was closed. */
    private synchronized Promise<List<Logged>> take() {
        var question = asked == null ? Promise.<List<Logged>>promise() : asked;
        asked = null;
        return question;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        tail.leave(waiter);
        end();
    }
}
