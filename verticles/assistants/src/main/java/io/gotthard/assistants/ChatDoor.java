package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Agents as models: a chat request becomes messages of a thread and a run in it, and the answer is what the run's events say. A thread that
 * is named goes on: of the messages only what is new is taken, its history is the log's. To be called on virtual threads.
 */
final class ChatDoor {

    /** After so long a stream is opened though nothing is said yet, so that its client knows thread and run. */
    private static final long OPEN_MILLIS = 3_000;

    /** As runs name their calls. */
    private static final Pattern CALL = Pattern.compile("call_([a-z2-7]{24})_.+");

    private static final Filter MESSAGES = new Filter(null, Set.of("message.created"));

    private final Vertx vertx;
    private final Agents agents;
    private final Threads threads;
    private final Runs runs;
    private final EventLog log;

    ChatDoor(Vertx vertx, Agents agents, Threads threads, Runs runs, EventLog log) {
        this.vertx = vertx;
        this.agents = agents;
        this.threads = threads;
        this.runs = runs;
        this.log = log;
    }

    /**
     * What is under way for a request.
     *
     * @param run the run that the client's words began, or let go on
     * @param after the place behind which its answer is
     * @param own whether the thread was made for this request
     */
    private record Begun(ThreadRow thread, RunRow run, long after, boolean own) {}

    /** The operations by their addresses. */
    Map<String, Operation> operations() {
        return Map.of(
                "assistants.listModels",
                Answering.with(this::list),
                "assistants.createChatCompletion",
                (call, stream) -> {
                    try {
                        return ask(call, stream);
                    } catch (Throwable e) {
                        // Waiting for a future throws what made it fail, be it checked or not.
                        return Future.failedFuture(e);
                    }
                });
    }

    /** {@code assistants.listModels}: the agents that the caller may use, in OpenAI's shape. */
    private Answer list(Call call) {
        var named = call.parameters().get("model");
        var data = new JsonArray();
        for (var agent : named == null ? agents.all(call.caller()).await() : one(call, named)) {
            if (!agents.isModel(agent)) {
                continue;
            }
            data.add(new JsonObject()
                    .put("id", agent.id())
                    .put("object", "model")
                    .put("created", 0)
                    .put("owned_by", agent.tenant().isEmpty() ? "gotthard" : agent.tenant()));
        }
        return Answer.json(
                new JsonObject().put("object", "list").put("data", data).toBuffer());
    }

    private List<Agent> one(Call call, String id) {
        return agents.find(call.caller(), id)
                .map(List::of)
                .recover(cause -> isUnknown(cause) ? Future.succeededFuture(List.of()) : Future.failedFuture(cause))
                .await();
    }

    private static boolean isUnknown(Throwable cause) {
        return cause instanceof Failure failure && failure.status() == 404;
    }

    /** {@code assistants.createChatCompletion}. */
    private Future<Answer> ask(Call call, BusStream stream) {
        var name = (String) call.body().fields().get("model");
        var agent = agents.find(call.caller(), name)
                .recover(cause -> Future.failedFuture(isUnknown(cause) ? Failure.modelNotFound(name) : cause))
                .await();
        if (!agents.isModel(agent)) {
            throw Failure.modelNotFound(name);
        }
        var question = ChatQuestion.of(call);
        var begun = question.threadId() == null ? begin(call, agent, question) : goOn(call, agent, question);
        var run = begun.run();
        var headers = Map.of("x-gotthard-thread", begun.thread().id(), "x-gotthard-run", run.id());
        var words = new ChatWords(name);
        var follow = log.follow(begun.thread().number(), begun.after(), new Filter(run.display(), Set.of()));
        Runnable leave = () -> {
            follow.close();
            if (begun.own()) {
                // Nobody waits for it but who has left.
                runs.cancel(run, call.caller().account());
            }
        };
        if (!question.streamed()) {
            var chat = new ChatWhole(words, headers);
            stream.onCancel(leave);
            read(follow, view(call, run, chat), null);
            return chat.answer();
        }
        var chat = new ChatStream(words, question.withUsage(), headers, stream);
        stream.onCancel(() -> {
            chat.gone();
            leave.run();
        });
        long timer = vertx.setTimer(OPEN_MILLIS, late -> chat.open());
        read(follow, view(call, run, chat), chat);
        return chat.answer().onComplete(opened -> vertx.cancelTimer(timer));
    }

    private static ChatView view(Call call, RunRow run, ChatAnswer answer) {
        var functions = run.request().getJsonArray("functions", new JsonArray()).stream()
                .map(tool -> ((JsonObject) tool).getJsonObject("function").getString("name"))
                .collect(Collectors.toSet());
        return new ChatView(run.display(), call.caller().account(), functions, answer);
    }

    /** Shows event after event on a thread of its own, as fast as the client takes them. */
    private void read(Follow follow, ChatView view, ChatStream stream) {
        vertx.runOnContext(begin -> {
            try {
                while (!view.isOver()) {
                    show(follow.next().await(), view);
                    if (stream != null && !view.isOver()) {
                        stream.flush().await();
                    }
                }
            } catch (Throwable e) {
                // Waiting for a future throws what made it fail, be it checked or not.
                view.fail(Failure.of(e));
            } finally {
                follow.close();
            }
        });
    }

    private static void show(List<Logged> events, ChatView view) {
        if (events.isEmpty()) {
            view.fail(RunFailures.gone());
        }
        for (var event : events) {
            if (!view.isOver()) {
                view.see(event);
            }
        }
    }

    private Begun begin(Call call, Agent agent, ChatQuestion question) {
        var waiting = asked(call, agent, question.news());
        if (waiting != null) {
            return waiting;
        }
        var thread = threads.create(call, question.title(), question.threadMetadata(), Map.of(), List.of());
        var run = runs.start(request(call, thread, agent, question, question.messages()))
                .await();
        return new Begun(thread, run, thread.lastSeq(), true);
    }

    /**
     * The run that has asked for these outputs of the client's functions, be it that the client does not know of its thread; null if there
     * is none. What it did in between, and no client is told, is then not lost.
     */
    private Begun asked(Call call, Agent agent, List<JsonObject> news) {
        var outputs = ChatQuestion.outputs(news);
        var id = outputs.isEmpty() ? null : runOf(outputs.getJsonObject(0).getString("tool_call_id"));
        if (id == null) {
            return null;
        }
        try {
            var run = runs.find(id).await();
            var thread = threads.of(call.caller(), run.threadId(), Role.EDITOR);
            boolean waits = run.status() == RunStatus.REQUIRES_ACTION
                    && run.agent().id().equals(agent.id());
            return waits ? new Begun(thread, submit(call, run, outputs), thread.lastSeq(), true) : null;
        } catch (Failure unknown) {
            if (unknown.status() == 404 || unknown.status() == 403 || unknown.status() == 409) {
                return null;
            }
            throw unknown;
        }
    }

    /** The run that made a call, as far as the call's id tells. */
    private static String runOf(String callId) {
        var call = CALL.matcher(callId == null ? "" : callId);
        return call.matches() ? "run_" + call.group(1) : null;
    }

    private RunRow submit(Call call, RunRow run, JsonArray outputs) {
        var action = runs.requiredAction(run).await();
        if (action != null) {
            var given = outputs.stream()
                    .map(output -> ((JsonObject) output).getString("tool_call_id"))
                    .toList();
            for (var open : action.getJsonObject("submit_tool_outputs").getJsonArray("tool_calls")) {
                var id = ((JsonObject) open).getString("id");
                if (!given.contains(id)) {
                    throw Failure.invalid("messages", "The output of the call '" + id + "' is missing.");
                }
            }
        }
        return runs.submit(run, call.caller().account(), outputs).await();
    }

    private static RunRequest request(
            Call call, ThreadRow thread, Agent agent, ChatQuestion question, List<JsonObject> messages) {
        return new RunRequest(thread.number(), thread.id(), call.caller(), call.requestId(), agent, messages)
                .with(question.functions(), question.overrides());
    }

    private Begun goOn(Call call, Agent agent, ChatQuestion question) {
        var thread = threads.of(call.caller(), question.threadId(), Role.EDITOR);
        if (thread.archived()) {
            throw Failure.refused(409, "thread_archived", "Nothing happens any more in an archived thread.");
        }
        boolean empty = log.read(thread.number(), 0, 1, MESSAGES).await().isEmpty();
        var news = empty ? question.messages() : question.news();
        if (news.isEmpty()) {
            throw Failure.invalid("messages", "There is no message behind the last one of the assistant.");
        }
        var run = answered(call, agent, thread, news);
        if (run == null) {
            run = runs.start(request(call, thread, agent, question, news)).await();
        }
        return new Begun(thread, run, thread.lastSeq(), false);
    }

    /** The run of the thread that has waited for these words, or null if there is none. */
    private RunRow answered(Call call, Agent agent, ThreadRow thread, List<JsonObject> news) {
        var outputs = ChatQuestion.outputs(news);
        if (!outputs.isEmpty()) {
            var waiting = runs.waiting(thread.number()).await();
            if (waiting != null && !waiting.agent().id().equals(agent.id())) {
                throw Failure.invalid("model", "It is '" + waiting.agent().id() + "' that waits for this answer.");
            }
            return waiting == null ? null : submit(call, waiting, outputs);
        }
        var last = news.getLast();
        return news.size() == 1 && "user".equals(last.getString("role"))
                ? runs.answerByMessage(thread.number(), call.caller(), ChatQuestion.text(last.getValue("content")))
                        .await()
                : null;
    }
}
