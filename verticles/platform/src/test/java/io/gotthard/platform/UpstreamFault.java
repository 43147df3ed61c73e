package io.gotthard.platform;

import io.gotthard.platform.ScriptedUpstream.Script;
import io.gotthard.platform.ScriptedUpstream.Visit;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A way in which an upstream fails.
 *
 * @param name what it is called
 * @param phase when it fails
 * @param status what the client is told if nobody else can be asked and it has seen nothing yet; 0 if the answer is good
 * @param asked how often the upstream is asked for one request if there is no other, three times being allowed
 * @param script what the upstream does
 */
record UpstreamFault(String name, Phase phase, int status, int asked, Script script) {

    /** When an upstream fails. */
    enum Phase {
        /** Before there is any content: another upstream can answer, and nobody notices. */
        EARLY,
        /** After there was content, if it is a stream; else as early as before. */
        LATE,
        /** It says that the request is at fault: it would fail everywhere. */
        REQUEST,
        /** Never: what it does is odd, but an answer. */
        NEVER
    }

    static final int ATTEMPTS = 3;

    /** All there are. */
    static final List<UpstreamFault> ALL = all();

    private static final String STREAM = "\"stream\":true";
    private static final String HALF = "{\"id\":\"1\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"mess";
    private static final String BAD_JSON = "{\"choices\":[{\"index\":";
    private static final String TELLTALE = "internal-host-7 " + ScriptedUpstream.KEY;
    private static final String ERROR = "{\"error\":{\"message\":\"%s\",\"code\":500}}".formatted(TELLTALE);

    private static List<UpstreamFault> all() {
        var all = new ArrayList<UpstreamFault>();
        all.addAll(statuses());
        all.addAll(ofRequests());
        all.addAll(beforeContent());
        all.addAll(late());
        all.addAll(odd());
        return List.copyOf(all);
    }

    private static List<UpstreamFault> statuses() {
        return List.of(
                status("429", 429, ATTEMPTS, 429, ""),
                status("429-wait-little", 429, ATTEMPTS, 429, "\r\nretry-after-ms: 50"),
                status("429-wait-long", 429, 1, 429, "\r\nretry-after: 60"),
                status("408", 504, ATTEMPTS, 408, ""),
                status("500", 502, ATTEMPTS, 500, ""),
                status("502", 502, ATTEMPTS, 502, ""),
                status("503", 503, ATTEMPTS, 503, ""),
                status("503-wait-long", 503, 1, 503, "\r\nretry-after: 60"),
                status("401", 502, 1, 401, ""),
                status("403", 502, 1, 403, ""),
                status("404", 502, 1, 404, ""));
    }

    private static UpstreamFault status(String name, int told, int asked, int status, String header) {
        return new UpstreamFault(
                name, Phase.EARLY, told, asked, visit -> visit.answer(status, "application/json" + header, ERROR));
    }

    private static List<UpstreamFault> ofRequests() {
        return List.of(
                ofRequest("400", 400, "invalid_value", "No."),
                ofRequest("422", 422, "invalid_value", "No."),
                ofRequest("context-length", 400, "context_length_exceeded", "Too long."),
                ofRequest("content-filter", 400, "content_filter", "The prompt was filtered."));
    }

    private static UpstreamFault ofRequest(String name, int status, String code, String message) {
        var error = "{\"error\":{\"message\":\"%s\",\"type\":\"invalid_request_error\",\"code\":\"%s\"}}"
                .formatted(message, code);
        return new UpstreamFault(name, Phase.REQUEST, status, 1, visit -> visit.json(status, error));
    }

    private static List<UpstreamFault> beforeContent() {
        return List.of(
                // Nothing listens there, so the script is never played.
                early("refused", 502, ATTEMPTS, visit -> {}),
                early("reset", 502, ATTEMPTS, Visit::reset),
                early("closed", 502, ATTEMPTS, visit -> {}),
                early("no-http", 502, ATTEMPTS, visit -> visit.raw("SSH-2.0-OpenSSH\r\n\r\n")),
                early("html", 502, ATTEMPTS, visit -> visit.answer(200, "text/html", "<html>" + TELLTALE)),
                early(
                        "error-with-200",
                        502,
                        ATTEMPTS,
                        visit -> begun(visit, () -> visit.event(ERROR), () -> visit.json(200, ERROR))),
                early("nothing", 502, ATTEMPTS, visit -> begun(visit, visit::end, () -> visit.json(200, ""))),
                early("silence", 504, 1, Visit::silence),
                early("slow-first-token", 504, 1, visit -> {
                    begun(visit, () -> role(visit), () -> half(visit));
                    visit.silence();
                }),
                early("role-then-reset", 502, ATTEMPTS, visit -> {
                    begun(visit, () -> role(visit), () -> half(visit));
                    visit.reset();
                }),
                early(
                        "role-then-end",
                        502,
                        ATTEMPTS,
                        visit -> begun(
                                visit,
                                () -> {
                                    role(visit);
                                    visit.end();
                                },
                                () -> half(visit))),
                early(
                        "role-then-bad-json",
                        502,
                        ATTEMPTS,
                        visit -> begun(
                                visit,
                                () -> {
                                    role(visit);
                                    visit.event(BAD_JSON);
                                },
                                () -> visit.json(200, HALF))));
    }

    private static UpstreamFault early(String name, int status, int asked, Script script) {
        return new UpstreamFault(name, Phase.EARLY, status, asked, script);
    }

    private static List<UpstreamFault> late() {
        return List.of(
                late("cut", 502, ATTEMPTS, visit -> {}),
                late("reset-midway", 502, ATTEMPTS, UpstreamFault::resetLate),
                late("stall", 504, 1, Visit::silence),
                late("ends-early", 502, ATTEMPTS, visit -> ifStreaming(visit, visit::end)),
                late(
                        "bad-json",
                        502,
                        ATTEMPTS,
                        visit -> ifStreaming(visit, () -> {
                            visit.event(BAD_JSON);
                            goOn(visit);
                        })),
                late(
                        "error-midway",
                        502,
                        ATTEMPTS,
                        visit -> ifStreaming(visit, () -> {
                            visit.event(ERROR);
                            goOn(visit);
                        })),
                late(
                        "no-chunks",
                        502,
                        ATTEMPTS,
                        visit -> ifStreaming(visit, () -> visit.raw("data: no chunk\r\n\r\n"))));
    }

    /** Says "Hello you" and then does something; a whole answer is begun before. */
    private static UpstreamFault late(String name, int status, int asked, Script then) {
        return new UpstreamFault(name, Phase.LATE, status, asked, visit -> {
            begun(
                    visit,
                    () -> {
                        role(visit);
                        visit.word("Hello ");
                        visit.word("you ");
                    },
                    () -> half(visit));
            then.play(visit);
        });
    }

    private static List<UpstreamFault> odd() {
        return List.of(
                odd("no-done", visit -> {
                    visit.open();
                    PricedUpstream.words(visit);
                    visit.end();
                }),
                odd("no-done-then-stall", visit -> {
                    visit.open();
                    PricedUpstream.words(visit);
                    visit.silence();
                }),
                odd("no-done-then-reset", visit -> {
                    visit.open();
                    PricedUpstream.words(visit);
                    resetLate(visit);
                }),
                odd("comments", visit -> {
                    visit.open();
                    visit.chunk(": thinking\n\n");
                    visit.chunk("event: message\nretry: 10\n");
                    PricedUpstream.words(visit);
                    visit.event("[DONE]");
                    visit.event("{\"after\": \"the end\"}");
                    visit.end();
                }));
    }

    private static UpstreamFault odd(String name, Script streaming) {
        return new UpstreamFault(name, Phase.NEVER, 0, 1, visit -> {
            if (isStreaming(visit)) {
                streaming.play(visit);
            } else {
                PricedUpstream.answer(visit);
            }
        });
    }

    @FunctionalInterface
    private interface Act {
        void play() throws IOException;
    }

    private static boolean isStreaming(Visit visit) {
        return visit.body.contains(STREAM);
    }

    private static void ifStreaming(Visit visit, Act act) throws IOException {
        if (isStreaming(visit)) {
            act.play();
        }
    }

    private static void begun(Visit visit, Act streaming, Act whole) throws IOException {
        if (isStreaming(visit)) {
            visit.open();
            streaming.play();
        } else {
            whole.play();
        }
    }

    private static void role(Visit visit) throws IOException {
        visit.event(
                "{\"id\":\"1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}");
    }

    private static void half(Visit visit) throws IOException {
        visit.raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n" + HALF);
    }

    /** A reset takes along what was not read yet. */
    private static void resetLate(Visit visit) throws IOException {
        visit.pause(Duration.ofMillis(100));
        visit.reset();
    }

    private static void goOn(Visit visit) throws IOException {
        visit.word("never");
        visit.finish();
        visit.event("[DONE]");
        visit.end();
    }
}
