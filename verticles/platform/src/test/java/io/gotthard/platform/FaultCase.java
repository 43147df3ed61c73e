package io.gotthard.platform;

import java.util.List;

/**
 * A fault, and how it is met. Each has targets of its own, so that none learns from what befell another.
 *
 * @param fault what the upstream does
 * @param streaming whether a stream is asked for
 * @param another whether there is another target, which answers
 * @param whole whether answers are held until they are whole
 */
record FaultCase(UpstreamFault fault, boolean streaming, boolean another, boolean whole) {

    /** What the client is to get. */
    enum Result {
        /** The answer of the upstream that is odd. */
        ANSWER,
        /** The answer of the other upstream. */
        ANSWER_OF_ANOTHER,
        /** An error instead of an answer. */
        ERROR,
        /** What there was of an answer, and then an error. */
        BROKEN_OFF
    }

    private static final List<Boolean> BOTH = List.of(false, true);

    /** All combinations. */
    static List<FaultCase> all() {
        return UpstreamFault.ALL.stream()
                .flatMap(fault -> BOTH.stream()
                        .flatMap(streaming -> BOTH.stream()
                                .flatMap(another ->
                                        BOTH.stream().map(whole -> new FaultCase(fault, streaming, another, whole)))))
                .toList();
    }

    Result result() {
        return switch (fault.phase()) {
            case NEVER -> Result.ANSWER;
            case REQUEST -> Result.ERROR;
            case EARLY -> another ? Result.ANSWER_OF_ANOTHER : Result.ERROR;
            case LATE -> streaming && !whole ? Result.BROKEN_OFF : another ? Result.ANSWER_OF_ANOTHER : Result.ERROR;
        };
    }

    /** The model's public name, by which {@link Customer} knows whether to ask for a stream. */
    String model() {
        return "%s-%s-%s-%s"
                .formatted(
                        fault.name(), streaming ? "stream" : "sync", another ? "two" : "one", whole ? "whole" : "live");
    }

    /** The script of the other target. */
    String other() {
        return model() + "-other";
    }

    /** The failing target's upstream: refused credentials are a matter between it and all who ask it. */
    String upstream() {
        return switch (fault.name()) {
            case "refused" -> "nowhere";
            case "401" -> "refuses-" + model();
            default -> "bad";
        };
    }

    /** How often upstreams are asked in all. */
    int attempts() {
        return switch (result()) {
            case ANSWER, BROKEN_OFF -> 1;
            case ANSWER_OF_ANOTHER -> 2;
            case ERROR -> fault.asked();
        };
    }

    /** How often the failing one is. */
    int asked() {
        return fault.name().equals("refused") ? 0 : attempts() - (result() == Result.ANSWER_OF_ANOTHER ? 1 : 0);
    }

    /** An entry of the configuration's models. */
    String configuration() {
        var bad = "{upstream: \"%s\", model: \"%s\"}".formatted(upstream(), ScriptedUpstream.PREFIX + model());
        var good = "{upstream: good, model: \"%s\"}".formatted(ScriptedUpstream.PREFIX + other());
        return """
              "%s":
                kind: chat
                strategy: priority
                targets: [%s]
                delivery: %s
                deadlines: {connect: 2s, headers: 700ms, first_token: 700ms, chunk: 700ms}
                retries: {attempts: %d, backoff: 10ms}
                %s
            """.formatted(
                        model(),
                        another ? bad + ", " + good : bad,
                        whole ? "whole" : "live",
                        UpstreamFault.ATTEMPTS,
                        PricedUpstream.PRICE);
    }

    @Override
    public String toString() {
        return model();
    }
}
