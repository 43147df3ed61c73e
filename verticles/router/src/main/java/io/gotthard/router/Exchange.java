package io.gotthard.router;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Finished;
import io.gotthard.contracts.Usage;
import io.vertx.ext.web.RoutingContext;

/** What is known of one HTTP request on its way: filled in as it goes, and told to the log and the metrics at its end. */
final class Exchange {

    private static final String KEY = "gotthard.exchange";

    final String requestId;
    final String method;
    final String path;
    final Dialect dialect;
    final long began = System.nanoTime();
    String operation;
    Caller caller;
    String model;
    boolean streaming;
    Usage usage;
    int status;
    /** The code of the failure that ended it, or null. */
    String error;
    /** When the first byte of the answer was written, in the time of {@link System#nanoTime}; 0 before that. */
    long firstByte;

    private final BodyBudget budget;
    private long held;

    Exchange(String requestId, String method, String path, Dialect dialect, BodyBudget budget) {
        this.budget = budget;
        this.dialect = dialect;
        this.requestId = requestId;
        this.method = method;
        this.path = path;
    }

    static Exchange of(RoutingContext context) {
        return context.get(KEY);
    }

    void attachTo(RoutingContext context) {
        context.put(KEY, this);
    }

    void answering() {
        if (firstByte == 0) {
            firstByte = System.nanoTime();
        }
    }

    /** What was consumed is known; and with it, at the latest, by which model. */
    void used(Usage used) {
        usage = used;
        if (model == null && used != null) {
            model = used.model();
        }
    }

    Finished finished(long now) {
        return new Finished(requestId, operation, caller, model, status, now - began, usage);
    }

    /** Whether there is room for so many bytes of the request's body, which is then taken. */
    boolean holds(long bytes) {
        if (bytes <= BodyBudget.SMALL || bytes <= held) {
            return true;
        }
        boolean taken = budget.take(bytes - held);
        held = taken ? bytes : held;
        return taken;
    }

    /** The request's body is needed no longer. */
    void dropBody() {
        budget.giveBack(held);
        held = 0;
    }
}
