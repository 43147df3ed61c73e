package io.gotthard.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A way in which an upstream fails, and what was promised for it.
 *
 * @param name of the fault, and of the model at the upstream
 * @param upstream who fails so: {@code demo} is the one that is built in
 * @param phase when it fails
 * @param status what the client is told if it has seen nothing yet and nobody else can be asked
 */
record Fault(String name, String upstream, Phase phase, int status) {

    /** When it fails. */
    enum Phase {
        /** Before there is any content: another target answers unseen. */
        EARLY,
        /** After there was some, if it is a stream. */
        LATE,
        /** The request is at fault: nobody else is asked. */
        REQUEST,
        /** It does not, though it is odd. */
        ODD,
        /** It does not unless one waits less long than it takes. */
        SLOW
    }

    /** How it is asked. */
    enum Way {
        ANSWER("answer"),
        STREAM("stream"),
        /** As a stream that is held until it is whole. */
        HELD("stream, held");

        private final String shown;

        Way(String shown) {
            this.shown = shown;
        }

        String shown() {
            return shown;
        }
    }

    /** What is to come of it. */
    enum Result {
        ANSWERED,
        ANSWERED_BY_ANOTHER,
        ERROR,
        BROKEN_OFF
    }

    static final String DEMO = "demo";

    /** Where a chat is answered as it should be. */
    static final String GOOD = "mock";

    private static final String SCRIPTED = "faulty";
    private static final String NOWHERE = "nowhere";

    /** All there are. */
    static final List<Fault> ALL = all();

    private static List<Fault> all() {
        var all = new ArrayList<Fault>();
        add(all, DEMO, Phase.EARLY, "401 502", "404 502", "429 429", "500 502", "503 503", "reset 502", "silence 504");
        add(all, DEMO, Phase.REQUEST, "context-length 400");
        add(all, DEMO, Phase.SLOW, "slow-first-token 200");
        add(all, DEMO, Phase.LATE, "cut 502", "stall 504", "bad-json 502");
        add(all, DEMO, Phase.ODD, "no-done 200");
        add(all, SCRIPTED, Phase.EARLY, "401 502", "403 502", "404 502", "408 504", "429 429", "429-wait-1s 429");
        add(all, SCRIPTED, Phase.EARLY, "429-wait-30s 429", "500 502", "502 502", "503 503", "reset 502", "closed 502");
        add(all, SCRIPTED, Phase.EARLY, "no-http 502", "html 502", "silence 504", "slow-first-token 504");
        add(all, SCRIPTED, Phase.EARLY, "role-then-cut 502");
        add(all, NOWHERE, Phase.EARLY, "refused 502");
        add(all, SCRIPTED, Phase.REQUEST, "400 400", "422 422", "context-length 400", "content-filter 400");
        add(all, SCRIPTED, Phase.LATE, "cut 502", "stall 504", "bad-json 502", "error-event 502", "ends-early 502");
        add(all, SCRIPTED, Phase.ODD, "no-done 200", "no-done-open 200");
        return List.copyOf(all);
    }

    private static void add(List<Fault> all, String upstream, Phase phase, String... namesAndStatuses) {
        for (var one : namesAndStatuses) {
            int space = one.indexOf(' ');
            all.add(new Fault(one.substring(0, space), upstream, phase, Integer.parseInt(one.substring(space + 1))));
        }
    }

    /** The ways to ask it, of which holding only matters if it fails late. */
    List<Way> ways() {
        return phase == Phase.LATE ? List.of(Way.values()) : List.of(Way.ANSWER, Way.STREAM);
    }

    /** What was promised. */
    Result result(Way way, boolean another) {
        return switch (phase) {
            case ODD -> Result.ANSWERED;
            case SLOW -> another ? Result.ANSWERED_BY_ANOTHER : Result.ANSWERED;
            case REQUEST -> Result.ERROR;
            case EARLY -> another ? Result.ANSWERED_BY_ANOTHER : Result.ERROR;
            case LATE -> way == Way.STREAM ? Result.BROKEN_OFF : another ? Result.ANSWERED_BY_ANOTHER : Result.ERROR;
        };
    }

    /** How the table calls it. */
    String shown() {
        return isDemo() ? "fault/" + name : name;
    }

    boolean isDemo() {
        return upstream.equals(DEMO);
    }

    /** Whether it asks to be left alone, so that who comes next goes to another target at once. The demo's targets are shared. */
    boolean rests() {
        return isDemo() && (status == 429 || status == 503);
    }

    /** The model's public name. The demo's own are asked by theirs. */
    String model(Way way, boolean another) {
        return isDemo() && !another && way != Way.HELD
                ? "fault/" + name
                : "%s-%s-%s-%s".formatted(upstream, name, way.name().toLowerCase(Locale.ROOT), another ? "two" : "one");
    }

    /** The entries of the configuration's models. */
    String configuration() {
        var text = new StringBuilder();
        for (var way : ways()) {
            text.append(configuration(way, false)).append(configuration(way, true));
        }
        return text.toString();
    }

    private String configuration(Way way, boolean another) {
        var name = model(way, another);
        if (name.startsWith("fault/")) {
            return "";
        }
        // The dot and what follows make it a target of its own.
        var target = "{upstream: %s, model: \"%s\"}"
                .formatted(upstream, isDemo() ? "fault/" + this.name : this.name + "." + name);
        return """
              "%s": {kind: chat, strategy: priority, targets: [%s%s], delivery: %s, price: {request: 0},
                deadlines: {connect: 2s, headers: 1s, first_token: 1s, chunk: 1s}, breaker: {failures: 0}}
            """.formatted(
                        name,
                        target,
                        another ? ", {upstream: %s, model: bench-quick}".formatted(GOOD) : "",
                        way == Way.HELD ? "whole" : "live");
    }
}
