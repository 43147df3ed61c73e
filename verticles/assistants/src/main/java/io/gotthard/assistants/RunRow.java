package io.gotthard.assistants;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * A run as it is stored.
 *
 * @param id {@code run_…}
 * @param thread the thread's number
 * @param threadId the thread's id
 * @param display the run that a user began, with all that it began; its own id for such a one
 * @param parent the run that began it, or null
 * @param parentCall the call of the parent that it answers, or null
 * @param root the uppermost run of its tree
 * @param depth how many runs are above it
 * @param agent who works, as the run began
 * @param status where it is
 * @param cancelling somebody wants it to end
 * @param requestId on whose bill it is
 * @param caller {@code key}, {@code account} and {@code tenant} for whom it works
 * @param request what else it was begun with: {@code input}, {@code functions} and {@code overrides}
 * @param usage {@code prompt_tokens}, {@code completion_tokens}, {@code total_tokens}, {@code steps} … of it and all that it began
 * @param error {@code code} and {@code message} if it ended badly, or null
 * @param attempt how often it was taken up after a worker was lost, from 1; 0 before the first
 * @param lease its holder's number
 * @param firstSeq the place of its {@code run.created}
 */
record RunRow(
        String id,
        long thread,
        String threadId,
        String display,
        String parent,
        String parentCall,
        String root,
        int depth,
        Agent agent,
        RunStatus status,
        boolean cancelling,
        String requestId,
        JsonObject caller,
        JsonObject request,
        JsonObject usage,
        JsonObject error,
        int attempt,
        long lease,
        long firstSeq,
        Instant createdAt,
        Instant startedAt,
        Instant endedAt) {

    /** What its holder names when it writes. */
    Hold hold() {
        return new Hold(id, lease);
    }
}
