package io.gotthard.assistants;

import io.gotthard.contracts.Caller;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What somebody wants an agent to do in a thread. That they may is checked before.
 *
 * @param thread the thread's number
 * @param threadId the thread's id
 * @param caller for whom the run works, and who pays
 * @param requestId on whose bill all of it is
 * @param agent who works, in the version that the run stays with
 * @param messages what is said to it: OpenAI's messages, which are in the log behind its {@code run.created}; may be empty
 * @param input what else it gets, as {@code run.created} shows it; or null
 * @param functions the caller's own functions, as OpenAI's {@code tools}; the run waits for their outputs
 * @param overrides what takes the place of the agent's parameters: temperature, tool_choice, response_format …; empty for nothing
 * @param parent the run that began this one, or null
 * @param callId the call of the parent that it answers, or null
 */
record RunRequest(
        long thread,
        String threadId,
        Caller caller,
        String requestId,
        Agent agent,
        List<JsonObject> messages,
        JsonObject input,
        List<JsonObject> functions,
        JsonObject overrides,
        RunRow parent,
        String callId) {

    /** What a user wants. */
    RunRequest(long thread, String threadId, Caller caller, String requestId, Agent agent, List<JsonObject> messages) {
        this(thread, threadId, caller, requestId, agent, messages, null, List.of(), new JsonObject(), null, null);
    }

    /** The same with functions of the caller's own, and other parameters. */
    RunRequest with(List<JsonObject> ownFunctions, JsonObject otherParameters) {
        return new RunRequest(
                thread,
                threadId,
                caller,
                requestId,
                agent,
                messages,
                input,
                ownFunctions,
                otherParameters,
                parent,
                callId);
    }
}
