package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker says of a run that it has: events that are numbered from 1, without gaps, in the order in which they are to be in the log.
 * One that was taken before is passed over, one that is not valid is refused and the others are taken all the same.
 */
final class Report {

    private static final Logger LOG = LoggerFactory.getLogger(Report.class);

    private final Worker worker;
    private final HeldRun run;
    private final WorkerRuns runs;
    private final List<EventData> taken = new ArrayList<>();
    private final JsonArray refused = new JsonArray();

    Report(Worker worker, HeldRun run, WorkerRuns runs) {
        this.worker = worker;
        this.run = run;
        this.runs = runs;
    }

    /**
     * Takes them; to be called on a virtual thread.
     *
     * @return {@code n}, up to which all is durable or refused, and {@code refused}, with {@code n} and {@code error} of each
     * @throws Failure 409 if the run is not this worker's any more; nothing that it says of it counts from then on
     */
    JsonObject take(JsonArray events) {
        if (worker.run(run.row().id()) != run) {
            throw lost();
        }
        try {
            long last = run.last();
            for (var one : events) {
                var event = (JsonObject) one;
                long number = event.getLong("n");
                if (number > last + 1) {
                    flush();
                    run.took(last);
                    throw Failure.invalid("n", "'n' must be " + (last + 1) + ": events are numbered without gaps.");
                }
                if (number == last + 1) {
                    last = number;
                    if (end(number, event)) {
                        break;
                    }
                }
            }
            flush();
            run.took(last);
            return new JsonObject().put("n", last).put("refused", refused);
        } catch (Fenced fenced) {
            worker.cancel(run, "lost");
            throw lost();
        } catch (Failure failure) {
            if (failure.status() != 400) {
                giveUp(failure);
            }
            throw failure;
        } catch (RuntimeException e) {
            giveUp(e);
            throw e;
        }
    }

    /** Whether nothing more can come. */
    private boolean end(long number, JsonObject event) {
        EventData data;
        try {
            data = WorkerEvents.read(run.row().id(), event);
        } catch (Failure failure) {
            refused.add(new JsonObject().put("n", number).put("error", error(failure)));
            return false;
        }
        return switch (data) {
            case EventData.RunStopped stopped -> {
                flush();
                runs.complete(run.row(), stopped, run.answer());
                worker.drop(run);
                yield true;
            }
            case EventData.RunFailed failed -> {
                flush();
                runs.fail(run.row(), RunStatus.FAILED, failed.code(), failed.message());
                worker.drop(run);
                yield true;
            }
            case EventData.InputRequested asked -> {
                flush();
                runs.ask(run.row(), asked);
                worker.drop(run);
                yield true;
            }
            case EventData.UsageRecorded usage -> {
                taken.add(usage);
                runs.used(run.row(), number, usage);
                yield false;
            }
            default -> {
                if (!run.isDone(data)) {
                    taken.add(data);
                }
                yield false;
            }
        };
    }

    private void flush() {
        if (!taken.isEmpty()) {
            runs.append(run.row(), List.copyOf(taken));
            taken.clear();
        }
    }

    /** Nobody knows what of it was written: another attempt reads it from the log. */
    private void giveUp(Throwable cause) {
        LOG.warn("What a worker said of run {} can't be written: {}", run.row().id(), cause.getMessage());
        worker.cancel(run, "lost");
        runs.leave(run.row());
    }

    private static JsonObject error(Failure failure) {
        return new JsonObject()
                .put("type", failure.type())
                .put("code", failure.code())
                .put("param", failure.param())
                .put("message", failure.getMessage());
    }

    private static Failure lost() {
        return Failure.refused(409, "run_lost", "This worker does not have this run, or no longer.");
    }
}
