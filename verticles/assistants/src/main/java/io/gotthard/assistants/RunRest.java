package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.gotthard.kit.Ids;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** How a run asks others, and lets go of all it holds until they have answered. */
final class RunRest {

    private final RunChange change;

    RunRest(RunChange change) {
        this.change = change;
    }

    /**
     * Asks, once for each call.
     *
     * @throws Fenced if the run is no longer held
     */
    void ask(RunRow run, List<Question> questions) {
        change.lockRuns(run.id());
        change.require(run.hold());
        var drafts = new ArrayList<Draft>();
        for (var question : questions) {
            var id = Ids.next("task");
            var expires = question.expires() == null
                    ? null
                    : OffsetDateTime.now(ZoneOffset.UTC).plus(question.expires());
            var asked = change.run(
                    """
                    insert into assistants.tasks (id, run, thread, call_id, kind, request, expires_at)
                    values ($1, $2, $3, $4, $5, $6, $7) on conflict (run, call_id) do nothing
                    """, id, run.id(), run.thread(), question.callId(), question.kind(), question.request(), expires);
            if (asked.rowCount() == 1) {
                drafts.add(run.draft(event(id, question)));
            }
        }
        change.append(drafts);
    }

    private static EventData event(String id, Question question) {
        var request = question.request();
        if (question.kind().equals(Question.FUNCTION)) {
            return new EventData.ToolCalled(
                    question.callId(), request.getString("tool"), ToolRounds.arguments(request.getString("arguments")));
        }
        return new EventData.InputRequested(
                id,
                question.kind(),
                request.getString("prompt"),
                request.getJsonObject("schema"),
                request.getJsonArray("options"),
                question.callId());
    }

    /**
     * Lets go of the run until it is woken.
     *
     * @param reason {@code input}, {@code functions} or {@code agents}
     * @param clockStops whether its time stands still meanwhile
     * @return false if something came meanwhile, and the run is still held
     * @throws Fenced if it is no longer held
     */
    boolean rest(RunRow run, String reason, boolean clockStops) {
        change.lockRuns(run.id());
        change.require(run.hold());
        var woken = change.run("update assistants.runs set woken = false where id = $1 and woken", run.id());
        if (woken.rowCount() == 1) {
            return false;
        }
        change.append(List.of(run.draft(new EventData.RunWaiting(reason))));
        change.run("""
            update assistants.runs set status = 'requires_action', lease = lease + 1, node = null, leased_until = null,
                left_ms = case when $2 then greatest(0, extract(epoch from deadline - now()) * 1000)::bigint else left_ms end,
                deadline = case when $2 then null else deadline end
            where id = $1
            """, run.id(), clockStops);
        change.changed(run.id());
        return true;
    }
}
