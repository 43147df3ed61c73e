package io.gotthard.assistants;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The runs of all threads: begins them, finds them, and tells them what people and programs have to say. */
final class Runs {

    /**
     * Begins a run: its row, its messages and {@code run.created} are there together or not at all. If this node has capacity, it works
     * on it at once; else whoever has some does.
     *
     * @return the run; fails with {@link io.gotthard.contracts.Failure}
     */
    Future<RunRow> start(RunRequest request) {
        throw new UnsupportedOperationException();
    }

    /** The run of a thread; fails with 404 if there is none. */
    Future<RunRow> find(long thread, String run) {
        throw new UnsupportedOperationException();
    }

    /** Ends the run and all that it began, soon; a run that has ended stays what it is. */
    Future<RunRow> cancel(long thread, String run, String by) {
        throw new UnsupportedOperationException();
    }

    /**
     * What the caller's own functions gave back, as OpenAI's {@code tool_outputs}: each has its {@code tool_call_id}. Once
     * all that the run waits for is there, it goes on.
     *
     * @return fails with 400 if it waits for none of that, 409 if that was said before
     */
    Future<RunRow> submit(long thread, String run, JsonArray outputs) {
        throw new UnsupportedOperationException();
    }

    /** The run of the thread that waits for the caller's functions or, if {@code task} says so, for a person's input; or null. */
    Future<RunRow> waiting(long thread) {
        throw new UnsupportedOperationException();
    }

    /** What a run waits for, as OpenAI's {@code required_action}; null if it waits for no function of its caller. */
    Future<JsonObject> requiredAction(RunRow run) {
        throw new UnsupportedOperationException();
    }

    /**
     * Answers an open input task of the thread, if there is exactly one, with a chat message.
     *
     * @return the run that goes on, or null if there is no such task
     */
    Future<RunRow> answerByMessage(long thread, String account, String text) {
        throw new UnsupportedOperationException();
    }
}
