package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** How runs end: with the last event of each, and the run above them is told. Whatever they began ends with them. */
final class RunEnd {

    private final RunChange change;

    RunEnd(RunChange change) {
        this.change = change;
    }

    /**
     * The run did what it was to do.
     *
     * @throws Fenced if it is no longer held
     */
    void complete(RunRow run, String finishReason, JsonObject output) {
        lock(run);
        change.require(run.hold());
        var row = change.one("select * from assistants.runs where id = $1", run.id());
        var last = new EventData.RunStopped(finishReason, RunRow.usage(row), output);
        end(run, RunStatus.COMPLETED, last, output.copy().put("finish_reason", finishReason), null);
    }

    /**
     * The run failed, or its time is over.
     *
     * @throws Fenced if it is no longer held
     */
    void fail(RunRow run, RunStatus status, String code, String message) {
        var below = lock(run);
        change.require(run.hold());
        below.forEach(one -> cancelled(one, run.agent().id()));
        var error = new JsonObject().put("code", code).put("message", message);
        end(run, status, new EventData.RunFailed(code, message), null, error);
    }

    /** Somebody ends it, and all that it began, whoever holds any of them; what has ended stays what it is. */
    void cancel(RunRow run, String by) {
        var below = lock(run);
        cancelled(RunStart.find(change, run.id()), by);
        below.forEach(one -> cancelled(one, by));
    }

    private void cancelled(RunRow run, String by) {
        if (!run.status().isFinal()) {
            end(run, RunStatus.CANCELLED, new EventData.RunCancelled(by), null, null);
        }
    }

    /** Locks the run's whole tree, so that none is added meanwhile, and returns those below it. */
    private List<RunRow> lock(RunRow run) {
        change.run("select from assistants.runs where root = $1 order by id for no key update", run.root());
        var tree = new ArrayList<RunRow>();
        change.run(
                        "select " + RunRow.COLUMNS
                                + " from assistants.runs r join assistants.threads t on t.number = r.thread"
                                + " where r.root = $1 order by r.depth",
                        run.root())
                .forEach(row -> tree.add(RunRow.of(row)));
        var inside = new HashSet<String>();
        inside.add(run.id());
        var below = new ArrayList<RunRow>();
        for (var one : tree) {
            if (one.parent() != null && inside.contains(one.parent())) {
                inside.add(one.id());
                below.add(one);
            }
        }
        return below;
    }

    /** Whoever held it can write nothing more. */
    private void end(RunRow run, RunStatus status, EventData last, JsonObject output, JsonObject error) {
        change.append(List.of(run.draft(last)));
        change.run("""
            update assistants.runs set status = $2, output = $3, error = $4, lease = lease + 1, node = null, leased_until = null,
                deadline = null, ended_at = now()
            where id = $1
            """, run.id(), status.text(), output, error);
        change.run("update assistants.tasks set closed_at = now() where run = $1 and closed_at is null", run.id());
        if (run.parent() != null) {
            change.wake(run.parent());
        }
        change.changed(run.id());
    }
}
