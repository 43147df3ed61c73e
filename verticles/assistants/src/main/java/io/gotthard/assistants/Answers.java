package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Refusal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.Locale;

/** What people and programs say to runs that wait for it; of two answers to the same question one counts. */
final class Answers {

    private static final int LONGEST_TEXT = 1_000_000;

    private final RunChange change;

    Answers(RunChange change) {
        this.change = change;
    }

    /**
     * Answers what a run asked of people.
     *
     * @param body {@code answer}, and a {@code comment} for an approval
     * @throws Failure 404 if there is no such task, 409 if it is closed, 400 if that is no answer to it
     */
    void answer(String task, String account, JsonObject body) {
        var row = change.one(
                "select * from assistants.tasks where id = $1 and kind <> 'function' for no key update", task);
        if (row == null) {
            throw Refusal.notFound("task");
        }
        if (row.getOffsetDateTime("closed_at") != null) {
            throw closed();
        }
        answer(row, account, checked(row, body));
    }

    private void answer(Row task, String account, Object answer) {
        var run = RunStart.find(change, task.getString("run"));
        change.lockRuns(run.id());
        close(task.getString("id"), account, answer);
        change.append(List.of(run.draft(new EventData.InputAnswered(task.getString("id"), account, answer), account)));
        change.wake(run.id());
    }

    private void close(String task, String account, Object answer) {
        change.run(
                "update assistants.tasks set closed_at = now(), answer = $2, answered_by = $3 where id = $1",
                task,
                new JsonObject().put("answer", answer),
                account);
    }

    private static Failure closed() {
        return Failure.refused(409, "task_closed", "This was answered before, or it can't be answered any more.");
    }

    private static Object checked(Row task, JsonObject body) {
        var answer = body.getValue("answer");
        var request = task.getJsonObject("request");
        return switch (task.getString("kind")) {
            case Question.CONFIRMATION -> flag(answer);
            case Question.APPROVAL -> {
                boolean approved = flag(answer);
                var comment = body.getString("comment");
                yield comment == null
                        ? approved
                        : new JsonObject().put("approved", approved).put("comment", comment);
            }
            case Question.CHOICE -> {
                if (!request.getJsonArray("options").contains(answer)) {
                    throw Failure.invalid("answer", "'answer' must be one of the options.");
                }
                yield answer;
            }
            default -> input(answer, request.getJsonObject("schema"));
        };
    }

    private static boolean flag(Object answer) {
        if (answer instanceof Boolean flag) {
            return flag;
        }
        throw Failure.invalid("answer", "'answer' must be true or false.");
    }

    private static Object input(Object answer, JsonObject schema) {
        if (schema == null) {
            if (answer instanceof String text && !text.isBlank() && text.length() <= LONGEST_TEXT) {
                return text;
            }
            throw Failure.invalid("answer", "'answer' must be a text.");
        }
        if (!(answer instanceof JsonObject form)) {
            throw Failure.invalid("answer", "'answer' must be an object.");
        }
        var problem = new ArgumentCheck(schema).problem(form);
        if (problem != null) {
            throw Failure.invalid("answer", problem);
        }
        return answer;
    }

    /** Answers the one open question of a thread that a text can answer; returns the run that asked, or null. */
    String byMessage(long thread, String account, String text) {
        var open = change.run("""
            select * from assistants.tasks where thread = $1 and closed_at is null and kind <> 'function' for no key update
            """, thread);
        if (open.size() != 1) {
            return null;
        }
        var task = open.iterator().next();
        var answer = ofText(task, text.strip());
        if (answer == null) {
            return null;
        }
        answer(task, account, answer);
        return task.getString("run");
    }

    /** What a text says in answer to a question, or null if it is none. */
    private static Object ofText(Row task, String text) {
        var request = task.getJsonObject("request");
        return switch (task.getString("kind")) {
            case Question.INPUT -> text.isEmpty() || request.getJsonObject("schema") != null ? null : text;
            case Question.CHOICE ->
                request.getJsonArray("options").stream()
                        .filter(option -> text.equalsIgnoreCase((String) option))
                        .findFirst()
                        .orElse(null);
            default ->
                switch (text.toLowerCase(Locale.ROOT)) {
                    case "yes", "ja", "oui", "si", "sì", "ok", "y" -> true;
                    case "no", "nein", "non", "n" -> false;
                    default -> null;
                };
        };
    }

    /** @throws Failure 400 if one of them is no output of a call that the run waits for, 409 if it was given before */
    void outputs(RunRow run, String account, JsonArray outputs) {
        change.lockRuns(run.id());
        for (int i = 0; i < outputs.size(); i++) {
            output(run, account, outputs.getJsonObject(i), "tool_outputs[" + i + "]");
        }
        var open = change.run(
                "select from assistants.tasks where run = $1 and kind = 'function' and closed_at is null", run.id());
        if (open.size() == 0) {
            change.wake(run.id());
        }
    }

    private void output(RunRow run, String account, JsonObject output, String param) {
        var callId = output.getString("tool_call_id");
        var task = change.one(
                "select * from assistants.tasks where run = $1 and call_id = $2 and kind = 'function' for no key"
                        + " update",
                run.id(),
                callId);
        if (task == null) {
            throw Failure.invalid(param + ".tool_call_id", "The run waits for no such call.");
        }
        if (task.getOffsetDateTime("closed_at") != null) {
            throw Failure.refused(
                    409, "output_given", "The output of " + callId + " was given before, or the run is over.");
        }
        var content = output.getString("output", "");
        close(task.getString("id"), account, content);
        change.append(List.of(run.draft(new EventData.ToolReturned(callId, true, content), account)));
    }

    /** Nobody answered in time: the run is told, and goes on. */
    void expire(String task) {
        var row = change.one("""
            update assistants.tasks set closed_at = now()
            where id = $1 and closed_at is null and expires_at < now() returning run, call_id
            """, task);
        if (row != null) {
            var run = RunStart.find(change, row.getString("run"));
            change.lockRuns(run.id());
            change.append(List.of(run.draft(
                    new EventData.ToolReturned(row.getString("call_id"), false, "Nobody answered in time."),
                    "gotthard")));
            change.wake(run.id());
        }
    }
}
