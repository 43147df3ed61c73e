package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code realtime.runAgUi}: a run for a front end that speaks AG-UI. A thread, be it called as we do or as the front end does, goes on with
 * what was said since; and a run that waits for the front end goes on with what that gave it.
 */
final class AgUi {

    private static final String OURS = "thr_";

    private final Bus bus;
    private final AgUiThreads threads;
    private boolean closing;

    AgUi(Vertx vertx, Bus bus, AgUiThreads threads) {
        this.bus = bus;
        this.threads = threads;
        // Who is cut off because the node stops did not want to leave.
        vertx.eventBus().localConsumer("router.server.closing", message -> closing = true);
    }

    /**
     * What is under way for a front end.
     *
     * @param own whether the thread has a name of the front end's
     * @param run the run, as the REST API shows it
     * @param words in which it is told
     */
    private record Begun(String thread, boolean own, JsonObject run, AgUiEvents words) {}

    /** Starts the run, or lets it go on, and answers with its events. */
    Future<Answer> run(Call call, BusStream stream) {
        var input = AgUiInput.of(new JsonObject(call.body().bytes()));
        return begun(call, input).map(begun -> {
            new AgUiTelling(bus, stream, begun.words()).begin(call, begun.thread(), begun.run(), () -> {
                if (begun.own() && !closing) {
                    // Nobody waits for it but who has left.
                    cancel(call, begun.run());
                }
            });
            return Answer.events();
        });
    }

    private Future<Begun> begun(Call call, AgUiInput input) {
        if (input.threadId().startsWith(OURS)) {
            return ask(call, "assistants.getThread", Map.of("thread", input.threadId()), null)
                    .compose(thread -> goOn(call, input, thread, false));
        }
        return threads.find(call.caller(), input.threadId())
                .compose(found -> found == null
                        ? begin(call, input)
                        : ask(call, "assistants.getThread", Map.of("thread", found), null)
                                .compose(
                                        thread -> goOn(call, input, thread, true),
                                        // It was deleted, or they were taken out of it.
                                        gone -> Failure.of(gone).status() == 404
                                                ? begin(call, input)
                                                : Future.failedFuture(gone)));
    }

    /** A new thread, with all that the front end says. */
    private Future<Begun> begin(Call call, AgUiInput input) {
        if (input.news().isEmpty()) {
            return Future.failedFuture(nothingSaid());
        }
        return ask(call, "assistants.createThread", Map.of(), new JsonObject().put("title", input.title()))
                .map(thread -> thread.getString("id"))
                .compose(thread -> start(call, input, thread, true, input.said())
                        .recover(refused -> delete(call, thread).transform(done -> Future.failedFuture(refused)))
                        .compose(begun -> threads.remember(call.caller(), input.threadId(), thread)
                                .map(begun)));
    }

    /** Nothing was said in it. */
    private Future<JsonObject> delete(Call call, String thread) {
        return ask(call, "assistants.deleteThread", Map.of("thread", thread), null);
    }

    private static Failure nothingSaid() {
        return Failure.invalid(
                "messages", "'messages' must have a message of the user behind the last one of the assistant.");
    }

    private Future<Begun> start(Call call, AgUiInput input, String thread, boolean own, List<JsonObject> said) {
        var messages = new ArrayList<>(said);
        if (input.context() != null) {
            messages.add(Math.max(0, messages.size() - 1), input.context());
        }
        var start = new JsonObject()
                .put(
                        "agent",
                        call.parameters().get("class") + "/" + call.parameters().get("name"))
                .put("messages", new JsonArray(messages))
                .put("tools", input.functions());
        if (input.input() != null) {
            start.put("input", input.input());
        }
        return ask(call, "assistants.createRun", Map.of("thread", thread), start)
                .map(run -> new Begun(
                        thread, own, run, new AgUiEvents(input.threadId(), input.runId(), run.getString("id"), 0)));
    }

    private Future<Begun> goOn(Call call, AgUiInput input, JsonObject thread, boolean own) {
        var id = thread.getString("id");
        long known = thread.getLong("last_seq");
        if (!input.resume().isEmpty()) {
            return answered(call, input, id).compose(run -> goOn(call, input, new Place(id, own, known), run));
        }
        return waiting(call, id).compose(runs -> {
            var wanted = runs.stream()
                    .filter(run -> !answers(input, run).isEmpty())
                    .findFirst()
                    .orElse(null);
            if (wanted != null && input.news().isEmpty()) {
                return goOn(call, input, new Place(id, own, known), wanted);
            }
            if (wanted == null && input.news().isEmpty() && (own || input.answersLast())) {
                return Future.failedFuture(
                        input.answersLast()
                                ? Failure.refused(
                                        409,
                                        "nothing_waits",
                                        "No run of the thread waits for what these functions gave back.")
                                : nothingSaid());
            }
            // The run can't hear what is said now: another one does, which knows what the functions gave back.
            var left = wanted != null ? wanted : own && !runs.isEmpty() ? runs.getFirst() : null;
            var free = left == null
                    ? Future.succeededFuture()
                    : outputs(call, input, left).compose(run -> cancel(call, left));
            return free.compose(done -> start(call, input, id, own, input.news()));
        });
    }

    /** Where a run goes on: what is behind {@code known} is new to the front end. */
    private record Place(String thread, boolean own, long known) {}

    /** Tells what becomes of a run that waited, once it has what the front end's functions gave back. */
    private Future<Begun> goOn(Call call, AgUiInput input, Place place, JsonObject waited) {
        var answers = answers(input, waited);
        return outputs(call, input, waited).map(run -> {
            boolean enough = !"requires_action".equals(run.getString("status"));
            var words = new AgUiEvents(input.threadId(), input.runId(), run.getString("id"), place.known())
                    .given(answers, enough);
            return new Begun(place.thread(), place.own(), run, words);
        });
    }

    /** The run that asked people, and was answered. */
    private Future<JsonObject> answered(Call call, AgUiInput input, String thread) {
        Future<JsonObject> answered = Future.succeededFuture();
        for (var reply : input.resume()) {
            answered = answered.compose(before -> answer(call, reply, thread));
        }
        return answered.compose(task -> ask(call, "assistants.getRun", Map.of("run", task.getString("run_id")), null));
    }

    private Future<JsonObject> answer(Call call, AgUiInput.Reply reply, String thread) {
        var named = Map.of("task", reply.task());
        return ask(call, "assistants.getTask", named, null).compose(task -> {
            if (!thread.equals(task.getString("thread_id"))) {
                throw Failure.refused(404, "not_found", "There is no such interrupt in this thread.");
            }
            boolean approval = "approval".equals(task.getString("kind"));
            if (reply.cancelled() && !approval) {
                return ask(call, "assistants.cancelRun", Map.of("run", task.getString("run_id")), null)
                        .map(task);
            }
            return ask(
                    call,
                    "assistants.answerTask",
                    named,
                    reply.cancelled() ? said(false) : answer(approval, reply.answer()));
        });
    }

    private static JsonObject said(Object answer) {
        return new JsonObject().put("answer", answer);
    }

    /** An approval may have a comment, and is then an object. */
    private static JsonObject answer(boolean approval, Object answer) {
        return approval && answer instanceof JsonObject given
                ? said(given.getValue("approved")).put("comment", given.getValue("comment"))
                : said(answer);
    }

    /** The runs of a thread that wait for functions, the latest first. */
    private Future<List<JsonObject>> waiting(Call call, String thread) {
        return ask(call, "assistants.listRuns", Map.of("thread", thread, "limit", "20"), null)
                .compose(page -> Future.all(page.getJsonArray("data").stream()
                        .map(JsonObject.class::cast)
                        .filter(run -> "requires_action".equals(run.getString("status")))
                        .map(run -> ask(call, "assistants.getRun", Map.of("run", run.getString("id")), null))
                        .toList()))
                .map(found -> found.<JsonObject>list().stream()
                        .filter(run -> run.getJsonObject("required_action") != null)
                        .toList());
    }

    /** The calls that the run waits for and that the front end has answered. */
    private static Set<String> answers(AgUiInput input, JsonObject run) {
        var answers = new TreeSet<String>();
        var action = run.getJsonObject("required_action");
        if (action != null) {
            for (var call : action.getJsonObject("submit_tool_outputs").getJsonArray("tool_calls")) {
                var id = ((JsonObject) call).getString("id");
                if (input.outputs().containsKey(id)) {
                    answers.add(id);
                }
            }
        }
        return answers;
    }

    /** Gives a run what it waits for, as far as that is there; the run as it is then. */
    private Future<JsonObject> outputs(Call call, AgUiInput input, JsonObject run) {
        var outputs = new JsonArray();
        answers(input, run)
                .forEach(id -> outputs.add(new JsonObject()
                        .put("tool_call_id", id)
                        .put("output", input.outputs().get(id))));
        return outputs.isEmpty()
                ? Future.succeededFuture(run)
                : ask(
                        call,
                        "assistants.submitToolOutputs",
                        Map.of("run", run.getString("id")),
                        new JsonObject().put("tool_outputs", outputs));
    }

    private Future<JsonObject> cancel(Call call, JsonObject run) {
        return ask(call, "assistants.cancelRun", Map.of("run", run.getString("id")), null);
    }

    private Future<JsonObject> ask(Call call, String address, Map<String, String> parameters, JsonObject body) {
        var question = new Call(
                bus.nextId(),
                call.requestId(),
                call.caller(),
                call.address(),
                parameters,
                body == null ? null : JsonBody.parse(body.toBuffer()));
        return bus.ask(address, question)
                .next()
                .map(answer -> answer.body().length() == 0 ? new JsonObject() : new JsonObject(answer.body()));
    }
}
