package io.gotthard.assistants;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.EventData;
import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work on one run that this node holds, in straight lines: ask the model, do what it wants, and again, until it has said all or the
 * run has to wait for others. It may be lost at any point: whoever takes the run reads the log and goes on behind the last event that
 * counts. To be used on a virtual thread.
 */
final class RunWork {

    private static final Logger LOG = LoggerFactory.getLogger(RunWork.class);

    private static final String CUT =
            "The thread is longer than what a model is told: what was said first is left out.";

    private final Workplace place;
    private final RunRow run;
    private final Halt halt;
    private final Pen pen;
    private final RunAccount account;

    RunWork(Workplace place, RunRow run, Halt halt) {
        this.place = place;
        this.run = run;
        this.halt = halt;
        this.pen = new Pen(place.log(), run);
        this.account = new RunAccount(place.database(), place.bus());
    }

    /**
     * Works until the run has ended or rests.
     *
     * @param caller for whom, if that was just verified; null to ask for it
     * @throws Fenced if the run is held by somebody else by now
     */
    void go(Caller caller) {
        try {
            work(caller);
        } catch (Broken broken) {
            end(broken.status(), broken.code(), broken.getMessage());
        } catch (Failure failure) {
            if (failure.status() == 503) {
                // Nobody can say what is in the log by now: whoever takes the run when it can be read goes on.
                throw failure;
            }
            end(RunStatus.FAILED, failure.code() == null ? "failed" : failure.code(), failure.getMessage());
        }
    }

    private void end(RunStatus status, String code, String message) {
        pen.flush();
        RunChange.in(place.database(), run.thread(), change -> {
            new RunEnd(change).fail(run, status, code, message);
            return null;
        });
    }

    private void work(Caller verified) {
        int lost = run.attempt() - 1;
        if (lost > run.agent().definition().limits().attempts()) {
            throw new Broken("attempts_limit", "Workers were lost " + lost + " times while they worked on it.");
        }
        halt.check();
        // A key may be bound to the assistant, which is not the model that the assistant asks.
        var caller = (verified != null ? verified : new Renewal(place.bus()).of(run, halt)).unbound();
        var toolbox = halt.await(place.tools().apply(run.agent(), caller));
        try {
            var abilities = new Abilities(run.agent(), toolbox.tools(), functions());
            var reader = new StoryReader(place.database());
            var before = reader.before(run);
            var story = reader.read(run, before.messages());
            takeUp(caller, reader, story);
            if (before.cut() && story.steps() == 0) {
                pen.show(new EventData.ErrorOccurred("history_cut", CUT));
            }
            if (story.isAnswered()) {
                complete(story.finishReason(), story.answer().getString("content", ""));
                return;
            }
            while (true) {
                halt.check();
                if (!story.open().isEmpty()) {
                    new ToolRounds(place, run, caller, abilities, pen, halt).go(story.open());
                    story = reader.read(run, before.messages());
                    if (!story.open().isEmpty() && rests(story.open(), abilities)) {
                        return;
                    }
                } else if (answers(caller, story, abilities)) {
                    return;
                }
                story = reader.read(run, before.messages());
            }
        } finally {
            toolbox.close().onFailure(cause -> LOG.debug("Tools of run {} did not close", run.id(), cause));
        }
    }

    private List<JsonObject> functions() {
        return run.request().getJsonArray("functions", new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    /** What an attempt that was lost began to say is void, and what its last answer took may not be noted. */
    private void takeUp(Caller caller, StoryReader reader, Story story) {
        if (story.steps() > 0 && !account.has(run, story.steps())) {
            account(caller, story.steps(), reader.lastConsumed(run), true);
        }
        if (story.attempts() > 0) {
            var open = reader.openMessage(run);
            if (open != null) {
                pen.show(new EventData.MessageDropped(open));
            }
        }
        if (story.attempts() < run.attempt()) {
            pen.write(new EventData.RunStarted(run.attempt()));
        }
    }

    /** Asks the model; true if it has said all. */
    private boolean answers(Caller caller, Story story, Abilities abilities) {
        boolean costs = account.admit(run);
        int step = story.steps() + 1;
        var turn = new ModelTurn(place.bus(), run, caller, pen, halt, step).ask(question(story, abilities));
        var consumed = turn.consumed();
        var content = turn.content().isEmpty() && turn.toolCalls() != null ? null : turn.content();
        // At once: what is charged and in nobody's hands would be asked for and charged again.
        pen.write(List.of(
                new EventData.UsageRecorded(
                        consumed.model(),
                        consumed.prompt(),
                        consumed.completion(),
                        consumed.cached(),
                        consumed.reasoning(),
                        consumed.receipt()),
                new EventData.MessageCreated(
                        turn.messageId(), "assistant", content, turn.toolCalls(), null, turn.finishReason())));
        // It is charged from now on: a crash before would have it asked for again, and charged once.
        place.bus().publish("models.answer.accepted", turn.key());
        account(caller, step, consumed, costs);
        if (turn.toolCalls() != null) {
            return false;
        }
        complete(turn.finishReason(), turn.content());
        return true;
    }

    private void account(Caller caller, int step, Turn.Consumed consumed, boolean costs) {
        account.add(run, step, consumed, costs ? account.cost(run, caller, consumed.receipt(), halt) : BigDecimal.ZERO);
    }

    private void complete(String finishReason, String content) {
        RunChange.in(place.database(), run.thread(), change -> {
            new RunEnd(change).complete(run, finishReason, new JsonObject().put("content", content));
            return null;
        });
    }

    private JsonObject question(Story story, Abilities abilities) {
        var definition = run.agent().definition();
        var messages = new JsonArray();
        if (!definition.instructions().isEmpty()) {
            messages.add(new JsonObject().put("role", "system").put("content", definition.instructions()));
        }
        story.messages().forEach(messages::add);
        var question = definition
                .parameters()
                .copy()
                .mergeIn(run.request().getJsonObject("overrides", new JsonObject()))
                .put("model", definition.model())
                .put("messages", messages)
                .put("stream", true)
                .put("stream_options", new JsonObject().put("include_usage", true));
        var tools = abilities.described();
        if (tools.isEmpty()) {
            question.remove("tool_choice");
            question.remove("parallel_tool_calls");
            return question;
        }
        var choice = question.getValue("tool_choice");
        if (story.steps() > 0 && (choice instanceof JsonObject || "required".equals(choice))) {
            // What has to be called first is not to be called again and again.
            question.remove("tool_choice");
        }
        return question.put("tools", tools);
    }

    private boolean rests(List<ToolCall> open, Abilities abilities) {
        boolean functions = open.stream().anyMatch(call -> abilities.isFunction(call.name()));
        boolean people = open.stream().anyMatch(call -> call.task() != null);
        pen.flush();
        return RunChange.in(
                place.database(),
                run.thread(),
                change -> new RunRest(change)
                        .rest(run, functions ? "functions" : people ? "input" : "agents", functions || people));
    }
}
