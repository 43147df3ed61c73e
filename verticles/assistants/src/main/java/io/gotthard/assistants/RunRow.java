package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
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
 * @param agent who works, as it was when the run began
 * @param status where it is
 * @param requestId on whose bill it is
 * @param caller {@code key}, {@code account} and {@code tenant} for whom it works
 * @param request what else it was begun with: {@code input}, {@code functions} and {@code overrides}
 * @param usage what it and all that it began used up: {@code prompt_tokens}, {@code completion_tokens}, {@code total_tokens}, both details
 *     as OpenAI has them, {@code steps}, and {@code cost} if it is limited
 * @param output what it did, if it is completed: {@code content} and {@code finish_reason}; or null
 * @param error {@code code} and {@code message} if it ended badly, or null
 * @param attempt how often it was taken up because a worker was lost, and the first time; 0 before that
 * @param lease its holder's number
 * @param firstSeq the place of its {@code run.created}
 * @param deadline when its time is over; null while it waits for people
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
        String requestId,
        JsonObject caller,
        JsonObject request,
        JsonObject usage,
        JsonObject output,
        JsonObject error,
        int attempt,
        long lease,
        long firstSeq,
        Instant deadline,
        Instant createdAt,
        Instant startedAt,
        Instant endedAt) {

    /** What a query selects for {@link #of} from {@code runs r} and {@code threads t}. */
    static final String COLUMNS = """
        r.id, r.thread, t.id as thread_id, r.display, r.parent, r.parent_call, r.root, r.depth, r.agent_class, r.agent, r.agent_tenant,
        r.agent_version, r.definition, r.status, r.request_id, r.caller, r.request, r.steps, r.prompt_tokens, r.completion_tokens,
        r.cached_tokens, r.reasoning_tokens, r.cost, r.output, r.error, r.attempt, r.lease, r.first_seq, r.deadline, r.created_at,
        r.started_at, r.ended_at
        """;

    /** Reads a row of {@link #COLUMNS}. */
    static RunRow of(Row row) {
        var definition = row.getJsonObject("definition");
        return new RunRow(
                row.getString("id"),
                row.getLong("thread"),
                row.getString("thread_id"),
                row.getString("display"),
                row.getString("parent"),
                row.getString("parent_call"),
                row.getString("root"),
                row.getInteger("depth"),
                new Agent(
                        row.getString("agent_class"),
                        row.getString("agent"),
                        row.getString("agent_tenant"),
                        definition.getString("owner", ""),
                        row.getInteger("agent_version"),
                        AgentDefinition.of(definition)),
                RunStatus.of(row.getString("status")),
                row.getString("request_id"),
                row.getJsonObject("caller"),
                row.getJsonObject("request"),
                usage(row),
                row.getJsonObject("output"),
                row.getJsonObject("error"),
                row.getInteger("attempt"),
                row.getLong("lease"),
                row.getLong("first_seq"),
                moment(row, "deadline"),
                moment(row, "created_at"),
                moment(row, "started_at"),
                moment(row, "ended_at"));
    }

    private static Instant moment(Row row, String column) {
        var moment = row.getOffsetDateTime(column);
        return moment == null ? null : moment.toInstant();
    }

    /** What it used up, as OpenAI has it, with what only runs have. */
    static JsonObject usage(Row row) {
        long prompt = row.getLong("prompt_tokens");
        long completion = row.getLong("completion_tokens");
        var cost = row.getBigDecimal("cost");
        var usage = new JsonObject()
                .put("prompt_tokens", prompt)
                .put("completion_tokens", completion)
                .put("total_tokens", prompt + completion)
                .put("prompt_tokens_details", new JsonObject().put("cached_tokens", row.getLong("cached_tokens")))
                .put(
                        "completion_tokens_details",
                        new JsonObject().put("reasoning_tokens", row.getLong("reasoning_tokens")))
                .put("steps", row.getInteger("steps"));
        return cost.signum() == 0
                ? usage
                : usage.put("cost", cost.stripTrailingZeros().toPlainString());
    }

    /** What its holder names when it writes. */
    Hold hold() {
        return new Hold(id, lease);
    }

    /** Something that happened in it. */
    Draft draft(EventData data, String author) {
        return new Draft(data, display, id, author);
    }

    /** Something that its agent did. */
    Draft draft(EventData data) {
        return draft(data, agent.id());
    }
}
