package io.gotthard.models.provider;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.JsonBody;
import io.gotthard.models.Kind;
import java.util.List;
import java.util.Map;

/**
 * A call, and which model of which upstream is to answer it.
 *
 * @param kind what is asked for
 * @param call the call; its body was validated by the contract
 * @param model the model's public name: what the client asked for, and what the answer is to say
 * @param upstream the upstream's name, for usage and logs
 * @param upstreamModel the model's name there
 * @param tally notes what the client got
 */
public record Question(Kind kind, Call call, String model, String upstream, String upstreamModel, Tally tally) {

    /** The request's JSON body. */
    public JsonBody body() {
        return call.body();
    }

    /** Whether the answer is to be a stream; {@code stream} is false when absent. */
    public boolean streaming() {
        return Boolean.TRUE.equals(body().fields().get("stream"));
    }

    /** Whether the client asked for the extra last chunk that carries usage. */
    public boolean wantsUsage() {
        return body().fields().get("stream_options") instanceof Map<?, ?> options
                && Boolean.TRUE.equals(options.get("include_usage"));
    }

    /** How many choices the answer has: {@code n}, for each of an old completion's prompts. */
    public int choices() {
        int n = body().fields().get("n") instanceof Number number ? number.intValue() : 1;
        boolean prompts = kind == Kind.COMPLETION
                && body().fields().get("prompt") instanceof List<?> list
                // One prompt may be a list, too: of token ids.
                && list.stream().noneMatch(Number.class::isInstance);
        return prompts ? n * ((List<?>) body().fields().get("prompt")).size() : n;
    }

    /** The same without the call: what is needed once it was asked, so that a long answer does not hold on to a large request. */
    Question asked() {
        return new Question(kind, null, model, upstream, upstreamModel, tally);
    }
}
