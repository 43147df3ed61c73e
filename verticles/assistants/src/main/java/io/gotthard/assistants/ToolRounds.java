package io.gotthard.assistants;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.EventData;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what a model wants to be called, as far as that can be done at the moment: tools next to each other, other assistants as runs of
 * their own, and people and the caller's functions are asked. Each call is in the log before it is made, and has the same id whoever makes
 * it. To be used on a virtual thread.
 */
final class ToolRounds {

    private static final Logger LOG = LoggerFactory.getLogger(ToolRounds.class);

    private final Workplace place;
    private final RunRow run;
    private final Caller caller;
    private final Abilities abilities;
    private final Pen pen;
    private final Halt halt;

    private final List<EventData> known = new ArrayList<>();
    private final List<Question> questions = new ArrayList<>();
    private final List<ToolCall> tools = new ArrayList<>();
    private final List<ToolCall> assistants = new ArrayList<>();

    ToolRounds(Workplace place, RunRow run, Caller caller, Abilities abilities, Pen pen, Halt halt) {
        this.place = place;
        this.run = run;
        this.caller = caller;
        this.abilities = abilities;
        this.pen = pen;
        this.halt = halt;
    }

    /** The arguments as an object, or null if they are none. */
    static JsonObject arguments(String text) {
        try {
            return text == null || text.isBlank() ? new JsonObject() : new JsonObject(text);
        } catch (DecodeException | ClassCastException e) {
            return null;
        }
    }

    /**
     * One round over the calls that nothing came of yet; what can be done is done when it returns.
     *
     * @throws Broken if a limit is reached
     * @throws Fenced if the run is held by somebody else by now
     */
    void go(List<ToolCall> open) {
        open.forEach(this::sort);
        if (!known.isEmpty()) {
            pen.write(known);
        }
        if (!questions.isEmpty()) {
            RunChange.in(place.database(), run.thread(), change -> {
                new RunRest(change).ask(run, questions);
                return null;
            });
        }
        assistants.forEach(this::begin);
        callAll();
    }

    private void sort(ToolCall call) {
        var arguments = arguments(call.arguments());
        if (arguments == null) {
            fail(call, "The arguments are not a JSON object.");
        } else if (abilities.isFunction(call.name())) {
            if (!call.begun()) {
                questions.add(Question.ofFunction(call));
            }
        } else if (abilities.assistant(call.name()) != null) {
            var definition = abilities.assistant(call.name());
            if (may(call, arguments, call.child() == null && ToolDefinitions.needsApproval(definition, call.name()))) {
                assistants.add(call);
            }
        } else if (abilities.people(call.name()) != null) {
            ask(call, arguments);
        } else if (abilities.tool(call.name()) != null) {
            if (may(
                    call,
                    arguments,
                    !call.begun() && abilities.tool(call.name()).needsApproval())) {
                tools.add(call);
            }
        } else {
            fail(call, "There is no function '" + call.name() + "'.");
        }
    }

    private void fail(ToolCall call, String why) {
        known.add(new EventData.ToolReturned(call.id(), false, why));
    }

    private void ask(ToolCall call, JsonObject arguments) {
        if (call.answer() != null) {
            var answer = call.answer().getValue("answer");
            known.add(
                    new EventData.ToolReturned(call.id(), true, answer instanceof String text ? text : encode(answer)));
        } else if (call.task() == null) {
            var question = Question.ofModel(call.id(), arguments, abilities.people(call.name()));
            if (question == null) {
                fail(call, "It needs a 'question', a 'kind' and, for a choice, 'options' that are texts.");
            } else {
                questions.add(question);
            }
        }
    }

    private static String encode(Object answer) {
        return answer instanceof JsonObject object ? object.encode() : String.valueOf(answer);
    }

    /** Whether it may be made by now; asks whoever has to agree, and takes note of a no. */
    private boolean may(ToolCall call, JsonObject arguments, boolean needsApproval) {
        if (!needsApproval) {
            return true;
        }
        if (call.task() == null) {
            questions.add(Question.ofApproval(call, arguments));
            return false;
        }
        if (call.answer() == null) {
            return false;
        }
        var answer = call.answer().getValue("answer");
        var details = answer instanceof JsonObject object ? object : new JsonObject().put("approved", answer);
        if (Boolean.TRUE.equals(details.getValue("approved"))) {
            return true;
        }
        var comment = details.getString("comment");
        fail(call, "A person did not allow this call." + (comment == null ? "" : " They say: " + comment));
        return false;
    }

    private void callAll() {
        if (tools.isEmpty()) {
            return;
        }
        var begun = new ArrayList<EventData>();
        for (var call : tools) {
            if (!call.begun()) {
                begun.add(new EventData.ToolCalled(call.id(), call.name(), arguments(call.arguments())));
            }
        }
        if (!begun.isEmpty()) {
            pen.write(begun);
        }
        // What came is in the log even if another call takes longer: nobody makes a call again that is over.
        var returned = tools.stream()
                .map(call -> call(call)
                        .compose(result -> place.log()
                                .append(new Appending(
                                        run.thread(),
                                        List.of(run.draft(
                                                new EventData.ToolReturned(call.id(), result.ok(), result.content()))),
                                        run.hold(),
                                        null))))
                .toList();
        halt.await(Future.join(returned));
    }

    private Future<Tool.Result> call(ToolCall call) {
        var left = run.deadline() == null
                ? run.agent().definition().limits().time()
                : Duration.between(Instant.now(), run.deadline());
        try {
            return abilities
                    .tool(call.name())
                    .call(new Tool.Invocation(
                            run.id(), call.id(), arguments(call.arguments()), caller, run.requestId(), left))
                    .recover(cause -> Future.succeededFuture(failed(call, cause)));
        } catch (RuntimeException e) {
            return Future.succeededFuture(failed(call, e));
        }
    }

    private Tool.Result failed(ToolCall call, Throwable cause) {
        if (cause instanceof Failure failure) {
            return new Tool.Result(false, failure.getMessage());
        }
        LOG.warn("Tool {} of run {} failed", call.name(), run.id(), cause);
        return new Tool.Result(false, "The tool failed.");
    }

    /** Another assistant works on it, in a run of its own; or has done so. */
    private void begin(ToolCall call) {
        if (call.child() != null) {
            var child = place.runs().outcome(call.child());
            if (child != null) {
                pen.write(new EventData.AgentReturned(call.id(), child.ok(), child.content()));
            }
            return;
        }
        var message = arguments(call.arguments()).getValue("message");
        if (!(message instanceof String text)) {
            pen.write(new EventData.ToolReturned(call.id(), false, "It needs a 'message'."));
            return;
        }
        place.runs().checkDepth(run);
        Agent agent;
        try {
            agent = halt.await(place.agents()
                    .apply(caller, abilities.assistant(call.name()).getString("agent")));
        } catch (Failure failure) {
            pen.write(new EventData.ToolReturned(call.id(), false, failure.getMessage()));
            return;
        }
        halt.await(place.runs()
                .start(new RunRequest(
                        run.thread(),
                        run.threadId(),
                        caller,
                        run.requestId(),
                        agent,
                        List.of(new JsonObject().put("role", "user").put("content", text)),
                        null,
                        List.of(),
                        new JsonObject(),
                        run,
                        call.id())));
    }
}
