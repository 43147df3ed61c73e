package io.gotthard.models;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Outcome;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Answers that are charged when whoever asked has put them in safety, and says so: an assistant's run writes what its model said into its
 * log. Otherwise a crash between both would have it charged for an answer that nobody has, and again for the next. What is not accepted
 * by a crash is a reservation whose consumption is unknown.
 *
 * <p>A call says so with the parameter {@value #PARAMETER}, which no contract lets in from outside. One for each deployed verticle.
 */
final class Acceptance {

    static final String PARAMETER = "accepted-as";

    /** Who has not said so by then has the answer, or is gone; the answer is charged all the same. */
    private static final long PATIENCE_MILLIS = 10_000;

    private final Vertx vertx;
    private final MessageConsumer<String> consumer;
    /** What is not accepted yet, by the name under which it will be. */
    private final Map<String, List<Delayed>> open = new ConcurrentHashMap<>();

    Acceptance(Vertx vertx) {
        this.vertx = vertx;
        this.consumer = vertx.eventBus().localConsumer("models.answer.accepted", message -> accepted(message.body()));
    }

    /** The admission of a call, which settles a complete answer only once that is accepted. */
    Admission of(Call call, Admission admission) {
        var name = call.parameters().get(PARAMETER);
        if (name == null) {
            return admission;
        }
        var delayed = new Delayed(name, admission);
        open.computeIfAbsent(name, first -> new CopyOnWriteArrayList<>()).add(delayed);
        return delayed;
    }

    private void accepted(String name) {
        var all = open.remove(name);
        if (all != null) {
            all.forEach(Delayed::accept);
        }
    }

    /** Charges what waits, and no longer waits for anything. */
    Future<Void> close() {
        List.copyOf(open.keySet()).forEach(this::accepted);
        return consumer.unregister();
    }

    private final class Delayed implements Admission {

        private final String name;
        private final Admission admission;
        private boolean accepted;
        private Outcome outcome;

        Delayed(String name, Admission admission) {
            this.name = name;
            this.admission = admission;
        }

        @Override
        public Future<Void> granted() {
            return admission.granted();
        }

        @Override
        public void answered() {
            admission.answered();
        }

        @Override
        public Map<String, String> headers() {
            return admission.headers();
        }

        /** May be called from another thread, if the answer had to be counted. */
        @Override
        public void settle(Outcome became) {
            if (!waits(became)) {
                admission.settle(became);
            }
        }

        private synchronized boolean waits(Outcome became) {
            if (accepted) {
                return false;
            }
            if (became.end() != Outcome.End.COMPLETED) {
                forget();
                return false;
            }
            outcome = became;
            vertx.setTimer(PATIENCE_MILLIS, late -> {
                forget();
                accept();
            });
            return true;
        }

        private void forget() {
            open.computeIfPresent(name, (same, all) -> all.remove(this) && all.isEmpty() ? null : all);
        }

        /** Charges it, now or as soon as it is known what it took; again has no effect. */
        void accept() {
            Outcome known;
            synchronized (this) {
                accepted = true;
                known = outcome;
                outcome = null;
            }
            if (known != null) {
                admission.settle(known);
            }
        }
    }
}
