package io.gotthard.platform;

import io.gotthard.platform.ScriptedUpstream.Visit;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;

/**
 * An upstream whose answers have a known price: {@value #REQUEST} for a request, {@value #INPUT} for a million tokens of input and
 * {@value #OUTPUT} for a million of output. Each of its models answers in another way.
 */
final class PricedUpstream {

    /** Answers at once, all together. */
    static final String WHOLE = "whole";

    /** Answers all together, after a while. */
    static final String SLOW = "slow";

    /** Streams {@value #WORDS} words at once, and says what they were. */
    static final String STREAM = "stream";

    /** Streams the same over a while. */
    static final String SLOW_STREAM = "slow-stream";

    /** Streams some words, and does not say what they were. */
    static final String SILENT = "silent";

    /** Streams some words and breaks off. */
    static final String BROKEN = "broken";

    /** Fails before it has said anything. */
    static final String FAILING = "failing";

    static final List<String> ALL = List.of(WHOLE, SLOW, STREAM, SLOW_STREAM, SILENT, BROKEN, FAILING);

    static final String REQUEST = "0.001";
    static final String INPUT = "1";
    static final String OUTPUT = "2";
    static final int PROMPT_TOKENS = 10;
    static final int WORDS = 8;

    /** What an answer costs whose upstream says what it was, in nanos: a thousand for each token of input, two for one of output. */
    static final long COST = nanos(REQUEST) + 1_000L * PROMPT_TOKENS + 2_000L * WORDS;

    /** What a model says of its price in the configuration. */
    static final String PRICE = "price: {request: %s, input: %s, output: %s}".formatted(REQUEST, INPUT, OUTPUT);

    private static final String USAGE = "\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}"
            .formatted(PROMPT_TOKENS, WORDS, PROMPT_TOKENS + WORDS);
    private static final String ANSWER =
            "{\"id\":\"1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
                    + "\"message\":{\"role\":\"assistant\",\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]," + USAGE
                    + "}";
    private static final Duration WHILE = Duration.ofMillis(120);

    private PricedUpstream() {}

    /** An upstream with all these models. */
    static ScriptedUpstream start() {
        return ScriptedUpstream.start()
                .on(WHOLE, visit -> visit.json(200, ANSWER))
                .on(SLOW, visit -> {
                    visit.pause(WHILE);
                    visit.json(200, ANSWER);
                })
                .on(STREAM, visit -> stream(visit, Duration.ZERO, true))
                .on(SLOW_STREAM, visit -> stream(visit, WHILE.dividedBy(WORDS), true))
                .on(SILENT, visit -> stream(visit, Duration.ZERO, false))
                .on(BROKEN, visit -> {
                    visit.open();
                    visit.word("Hello ");
                    visit.word("you ");
                    visit.pause(Duration.ofMillis(10));
                    visit.reset();
                })
                .on(FAILING, visit -> visit.json(500, "{\"error\":{\"message\":\"no\"}}"));
    }

    /** The configuration of the platform in front of it. */
    static String configuration(ScriptedUpstream upstream, String sections) {
        return sections + "\n" + upstream.configuration("", PRICE);
    }

    /** The same where requests cost the same, whatever they and their answers say. */
    static String configuration(ScriptedUpstream upstream, String sections, String perRequest) {
        return sections + "\n" + upstream.configuration("", "price: {request: " + perRequest + "}");
    }

    /** An answer with its usage. */
    static void answer(Visit visit, boolean streaming) throws IOException {
        if (streaming) {
            stream(visit, Duration.ZERO, true);
        } else {
            answer(visit);
        }
    }

    /** A whole answer with its usage. */
    static void answer(Visit visit) throws IOException {
        visit.json(200, ANSWER);
    }

    /** The same as a stream, all that is of meaning in it: what is missing is only the formula at the end. */
    static void words(Visit visit) throws IOException {
        words(visit, Duration.ZERO, true);
    }

    private static void stream(Visit visit, Duration pause, boolean counted) throws IOException {
        visit.open();
        words(visit, pause, counted);
        visit.event("[DONE]");
        visit.end();
    }

    private static void words(Visit visit, Duration pause, boolean counted) throws IOException {
        for (int i = 0; i < WORDS; i++) {
            visit.pause(pause);
            visit.word("word ");
        }
        visit.finish();
        if (counted) {
            visit.event("{\"id\":\"1\",\"choices\":[]," + USAGE + "}");
        }
    }

    /** An amount as the ledger has it. */
    static long nanos(String amount) {
        return new BigDecimal(amount).movePointRight(9).longValueExact();
    }
}
