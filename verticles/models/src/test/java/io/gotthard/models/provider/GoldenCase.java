package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.gotthard.kit.Settings;
import io.gotthard.models.Upstream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A folder of golden files below that of its protocol.
 *
 * <ul>
 *   <li>{@code upstream.yaml}, here or in the protocol's folder: how the upstream is configured; {@code URL} is where it is
 *   <li>{@code request.json}: what the client asks
 *   <li>{@code upstream-request.json}: the {@code uri}, {@code headers} and {@code body} that therefore reach the upstream; not there
 *       if the request is refused
 *   <li>{@code upstream-response.json}, {@code .sse}, {@code .ndjson}, or {@code .eventstream} with a line for each message: what that
 *       answers, with a status in front of the ending unless it is 200; {@code upstream-headers.json} if its headers matter. If the case's
 *       name begins with {@code cut}, the connection breaks after it
 *   <li>{@code response.json} or {@code response.sse}: what the client gets; a failure is in a member or a last line of that name
 *   <li>{@code usage.json}: what is billed
 * </ul>
 */
record GoldenCase(Path folder) {

    /** What a client got. */
    record Told(String text, Usage usage, Failure failure) {}

    private static final Map<String, String> TYPES = Map.of(
            "json", "application/json",
            "sse", "text/event-stream; charset=utf-8",
            "ndjson", "application/x-ndjson",
            "eventstream", "application/vnd.amazon.eventstream");

    /** All cases of all protocols that are translated. */
    static Stream<GoldenCase> all() throws IOException, URISyntaxException {
        var root = Path.of(GoldenCase.class.getResource("/golden").toURI());
        var cases = new ArrayList<GoldenCase>();
        try (var files = Files.walk(root)) {
            files.filter(file -> file.endsWith("upstream.yaml"))
                    .map(Path::getParent)
                    .filter(folder -> folder.getParent().equals(root))
                    .forEach(protocol -> addCases(protocol, cases));
        }
        return cases.stream();
    }

    private static void addCases(Path protocol, List<GoldenCase> cases) {
        try (var folders = Files.list(protocol)) {
            folders.filter(Files::isDirectory).sorted().map(GoldenCase::new).forEach(cases::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(String name) {
        return Files.exists(folder.resolve(name));
    }

    String text(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    JsonObject json(String name) throws IOException {
        return new JsonObject(text(name));
    }

    Path settings() {
        return has("upstream.yaml")
                ? folder.resolve("upstream.yaml")
                : folder.getParent().resolve("upstream.yaml");
    }

    /** The upstream, if it is at this URL. */
    Upstream upstream(String url) {
        try {
            var yaml = Files.readString(settings()).replace("URL", url);
            return Settings.read(Upstream.class, yaml, settings().toString(), name -> null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path upstreamFile() {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("upstream-response."))
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String[] ending() {
        return upstreamFile().getFileName().toString().split("\\.");
    }

    boolean streams() {
        return upstreamFile() != null && !ending()[ending().length - 1].equals("json");
    }

    boolean cut() {
        return folder.getFileName().toString().startsWith("cut");
    }

    int upstreamStatus() {
        return ending().length == 3 ? Integer.parseInt(ending()[1]) : 200;
    }

    Map<String, String> upstreamHeaders() {
        var headers = new LinkedHashMap<String, String>();
        headers.put("content-type", TYPES.get(ending()[ending().length - 1]));
        try {
            if (has("upstream-headers.json")) {
                json("upstream-headers.json").forEach(each -> headers.put(each.getKey(), (String) each.getValue()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return headers;
    }

    Buffer upstreamResponse() {
        try {
            var bytes = Buffer.buffer(Files.readAllBytes(upstreamFile()));
            return ending()[ending().length - 1].equals("eventstream")
                    ? EventStreamReaderTest.messages(bytes.toString())
                    : bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Compares what a client got with what it is to get. */
    void check(Told told) throws IOException {
        if (has("response.sse")) {
            var failure = told.failure() == null
                    ? ""
                    : "failure: " + json(told.failure()).encode() + "\n";
            assertThat(timeless(told.text()) + failure).isEqualTo(text("response.sse"));
        } else {
            var answer = told.failure() == null
                    ? new JsonObject(timeless(told.text()))
                    : new JsonObject().put("failure", json(told.failure()));
            assertThat(answer.encodePrettily()).isEqualTo(json("response.json").encodePrettily());
        }
        if (has("usage.json")) {
            var usage = told.usage();
            assertThat(new JsonObject()
                            .put("prompt", usage.promptTokens())
                            .put("completion", usage.completionTokens())
                            .put("cached", usage.cachedTokens())
                            .put("reasoning", usage.reasoningTokens())
                            .put("reported", usage.reported())
                            .encode())
                    .isEqualTo(json("usage.json").encode());
        } else {
            assertThat(told.usage()).as("usage").isNull();
        }
    }

    private static JsonObject json(Failure failure) {
        return new JsonObject()
                .put("status", failure.status())
                .put("type", failure.type())
                .put("code", failure.code())
                .put("param", failure.param())
                .put("message", failure.getMessage())
                .put("retryAfterMillis", failure.retryAfterMillis());
    }

    /** What is another one each time is replaced: the time, and ids that are ours. */
    static String timeless(String text) {
        return text.replaceAll("\"created\":\\d+", "\"created\":0")
                .replaceAll("chatcmpl-[^\"]*", "chatcmpl-0")
                .replaceAll("call_[0-9a-f]{24}", "call_0");
    }

    @Override
    public String toString() {
        return folder.getParent().getFileName() + "/" + folder.getFileName();
    }
}
