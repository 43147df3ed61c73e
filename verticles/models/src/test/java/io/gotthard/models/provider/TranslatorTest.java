package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Meter;
import io.gotthard.models.Kind;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each protocol makes of each case, see {@link GoldenCase}; the upstream is a real HTTP server. */
@Timeout(60)
class TranslatorTest {

    private static final Map<Path, OpenAiAsker> ASKERS = new HashMap<>();

    @AfterAll
    static void stop() {
        ASKERS.values().forEach(OpenAiAsker::close);
        ASKERS.clear();
    }

    static Stream<GoldenCase> all() throws IOException, URISyntaxException {
        return GoldenCase.all();
    }

    /** Those whose stream is understood to its end. */
    static Stream<GoldenCase> streams() throws IOException, URISyntaxException {
        return all().filter(golden -> golden.streams() && golden.has("response.sse"));
    }

    private static OpenAiAsker asker(GoldenCase golden) {
        return ASKERS.computeIfAbsent(golden.settings(), settings -> new OpenAiAsker(golden::upstream, Meter.OFF));
    }

    @ParameterizedTest
    @MethodSource("all")
    void a_question_and_its_answer_are_translated(GoldenCase golden) throws Exception {
        var asker = asker(golden);
        asker.upstream(request -> play(golden, request));

        var told = told(asker, golden);

        if (golden.has("upstream-request.json")) {
            var expected = golden.json("upstream-request.json");
            var received = asker.received();
            assertThat(received.uri()).isEqualTo(expected.getString("uri"));
            assertThat(received.body().toJsonObject()).isEqualTo(expected.getJsonObject("body"));
            assertThat(received.headers()).containsAllEntriesOf(headers(expected.getJsonObject("headers")));
            if (!expected.getJsonObject("headers").containsKey("authorization")) {
                assertThat(received.headers()).doesNotContainKey("authorization");
            }
        }
        golden.check(told);
    }

    private static Map<String, String> headers(JsonObject json) {
        var headers = new HashMap<String, String>();
        json.forEach(header -> headers.put(header.getKey(), (String) header.getValue()));
        return headers;
    }

    private static void play(GoldenCase golden, HttpServerRequest request) {
        var response = request.response().setStatusCode(golden.upstreamStatus());
        golden.upstreamHeaders().forEach(response::putHeader);
        if (golden.cut()) {
            response.setChunked(true)
                    .write(golden.upstreamResponse())
                    .onSuccess(written -> request.connection().close());
        } else {
            response.end(golden.upstreamResponse());
        }
    }

    /** What the client gets. */
    private static GoldenCase.Told told(OpenAiAsker asker, GoldenCase golden) throws IOException {
        var dialogue = asker.ask(golden.text("request.json"));
        var text = new StringBuilder();
        Answer last = null;
        try {
            do {
                last = asker.next(dialogue).join();
                text.append(last.body());
            } while (last.more());
            return new GoldenCase.Told(text.toString(), last.usage(), null);
        } catch (CompletionException e) {
            return new GoldenCase.Told(text.toString(), null, (Failure) e.getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void a_stream_is_the_same_however_the_network_cuts_it(GoldenCase golden) throws IOException {
        var all = golden.upstreamResponse();
        var translator = OpenAi.translator(golden.upstream("http://127.0.0.1:1"));
        var call =
                new Call("id", "request", null, Map.of(), JsonBody.parse(Buffer.buffer(golden.text("request.json"))));
        var question = new Question(Kind.CHAT, call, "public/chat", "up", "there", new Tally());
        var expected = events(translator, question, List.of(all));
        assertThat(expected).isNotEmpty();

        var single = new ArrayList<Buffer>();
        for (int at = 0; at < all.length(); at++) {
            single.add(all.getBuffer(at, at + 1));
        }
        assertThat(events(translator, question, single)).isEqualTo(expected);
        // One stream of each protocol is enough for the rest, which takes the square of the time.
        for (int at = 0; golden.folder().endsWith("stream") && at < all.length(); at++) {
            var pieces = List.of(all.getBuffer(0, at), all.getBuffer(at, all.length()));
            assertThat(events(translator, question, pieces)).as("cut at " + at).isEqualTo(expected);
        }
    }

    private static List<String> events(Translator translator, Question question, List<Buffer> pieces) {
        var events = new ArrayList<String>();
        var reader = translator.stream(
                question,
                1 << 20,
                (bytes, from, to) -> events.add(new String(bytes, from, to - from, StandardCharsets.UTF_8)
                        // The only thing that is another one each time.
                        .replaceFirst("\"created\":[0-9]+", "")));
        try {
            pieces.forEach(reader::read);
            reader.end();
        } catch (Failure failure) {
            events.add(failure.getMessage());
        }
        return events;
    }

    @ParameterizedTest
    @MethodSource("streams")
    void chunks_are_what_clients_of_openai_rely_on(GoldenCase golden) throws IOException {
        var chunks = golden.text("response.sse")
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> new JsonObject(line.substring(6)))
                .toList();
        boolean complete = golden.text("response.sse").endsWith("data: [DONE]\n\n");
        var roles = new HashMap<Integer, Integer>();
        var ends = new HashMap<Integer, Integer>();
        var calls = new HashMap<String, String>();
        for (var chunk : chunks) {
            assertThat(chunk.getString("id")).isEqualTo(chunks.getFirst().getString("id"));
            assertThat(chunk.getValue("created")).isEqualTo(chunks.getFirst().getValue("created"));
            assertThat(chunk.getString("model")).isEqualTo("public/chat");
            for (var element : chunk.getJsonArray("choices")) {
                var choice = (JsonObject) element;
                int index = choice.getInteger("index");
                var delta = choice.getJsonObject("delta");
                assertThat(ends).doesNotContainKey(index);
                roles.merge(index, delta.containsKey("role") ? 1 : 0, Integer::sum);
                assertThat(roles).containsEntry(index, 1);
                if (choice.getString("finish_reason") != null) {
                    ends.put(index, 1);
                }
                if (delta.containsKey("tool_calls")) {
                    delta.getJsonArray("tool_calls").forEach(call -> checkCall(index, (JsonObject) call, calls));
                }
            }
        }
        if (complete) {
            assertThat(ends.keySet()).isEqualTo(roles.keySet()).isNotEmpty();
        }
    }

    private static void checkCall(int choice, JsonObject call, Map<String, String> calls) {
        var key = choice + "/" + call.getInteger("index");
        var function = call.getJsonObject("function");
        if (calls.putIfAbsent(key, "known") == null) {
            assertThat(call.getString("id")).isNotEmpty();
            assertThat(call.getString("type")).isEqualTo("function");
            assertThat(function.getString("name")).isNotEmpty();
        } else if (call.containsKey("id") || call.containsKey("type") || function.containsKey("name")) {
            fail("Id, type and name come once: " + call);
        }
        assertThat(function.getString("arguments")).isNotNull();
    }
}
