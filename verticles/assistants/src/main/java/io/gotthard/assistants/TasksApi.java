package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Operation;
import io.gotthard.kit.Database;
import io.gotthard.kit.Page;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** What people are asked by runs, and what they answer. To be used on virtual threads. */
final class TasksApi {

    private static final int LARGEST = 1 << 20;

    private final Database database;
    private final TaskRows tasks;

    TasksApi(Database database, TaskRows tasks) {
        this.database = database;
        this.tasks = tasks;
    }

    /** What is answered, by address. */
    Map<String, Operation> operations() {
        return Map.of(
                "assistants.listTasks",
                        Answering.with(call ->
                                ok(tasks.open(call.caller(), Page.of(call)).await())),
                "assistants.getTask", Answering.with(this::get),
                "assistants.answerTask", Answering.with(this::answer));
    }

    private Answer get(Call call) {
        return ok(TaskRows.json(
                tasks.find(call.caller(), call.parameters().get("task")).await()));
    }

    /** {@code POST /api/v1/tasks/{task}/answer}: of two answers the first counts. */
    private Answer answer(Call call) {
        var task = tasks.find(call.caller(), call.parameters().get("task")).await();
        if (!Role.of(task.getString("role")).includes(Role.EDITOR)) {
            throw Failure.forbidden("This needs the role 'editor' in the thread.");
        }
        var body = new JsonObject(call.body().bytes());
        var text = body.encode();
        if (text.length() > LARGEST || text.contains("\\u0000")) {
            throw Failure.invalid("answer", "'answer' is too long, or has a character that can't be stored.");
        }
        RunChange.in(database, task.getLong("thread"), change -> {
            new Answers(change).answer(task.getString("id"), call.caller().account(), body);
            return null;
        });
        return get(call);
    }

    private static Answer ok(JsonObject body) {
        return Answer.json(body.toBuffer());
    }
}
