package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A request whose end is ambiguous is refused and its connection closed, so that what follows on it never runs: a proxy in
 * front of us may have taken it for a part of somebody else's request.
 */
class SmugglingIT {

    /** What the attacker hopes will run. */
    private static final String SMUGGLED = RawClient.chat("smuggled");

    private static final String GOOD = "{\"model\":\"good\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    private static Siege siege;

    @BeforeAll
    static void start() {
        var upstream = ScriptedUpstream.start()
                .on("smuggled", visit -> visit.json(200, "{}"))
                .on("slow", visit -> visit.json(200, "{\"id\":\"slow\"}"));
        siege = Siege.start(upstream, "", "http: {header_timeout: 2s}");
    }

    @AfterAll
    static void stop() {
        siege.close();
    }

    @AfterEach
    void nothing_is_left_behind() {
        assertThat(siege.upstream().visits("smuggled")).isEmpty();
        siege.assertUnharmed();
    }

    private static Arguments framed(String what, String... headers) {
        return Arguments.of(what, RawClient.head("POST", "/v1/chat/completions", headers) + "0\r\n\r\n" + SMUGGLED);
    }

    private static Arguments chunked(String what, String body) {
        var head = RawClient.head("POST", "/v1/chat/completions", "Transfer-Encoding: chunked");
        return Arguments.of(what, head + body + SMUGGLED);
    }

    static Stream<Arguments> ambiguousRequests() {
        return Stream.of(
                framed("length and chunks", "Content-Length: 5", "Transfer-Encoding: chunked"),
                framed("chunks and length", "Transfer-Encoding: chunked", "Content-Length: 5"),
                framed("length 0 and chunks", "Content-Length: 0", "Transfer-Encoding: chunked"),
                framed("an unknown coding", "Transfer-Encoding: xchunked"),
                framed("an unknown coding and a length", "Transfer-Encoding: xchunked", "Content-Length: 5"),
                framed("identity", "Transfer-Encoding: identity"),
                framed("identity and a length", "Transfer-Encoding: identity", "Content-Length: 5"),
                framed("chunked is not the last", "Transfer-Encoding: chunked, identity"),
                framed("chunked twice", "Transfer-Encoding: chunked, chunked"),
                framed("two codings in two lines", "Transfer-Encoding: identity", "Transfer-Encoding: chunked"),
                framed("two codings the other way", "Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
                framed("a coding with a tab", "Transfer-Encoding: \u000bchunked"),
                framed("a quoted coding", "Transfer-Encoding: \"chunked\""),
                framed("no coding at all", "Transfer-Encoding: "),
                framed("two lengths", "Content-Length: 5", "Content-Length: 0"),
                framed("two lengths in a line", "Content-Length: 5, 0"),
                framed("a length with a sign", "Content-Length: +5"),
                framed("a negative length", "Content-Length: -5"),
                framed("a hexadecimal length", "Content-Length: 0x5"),
                framed("a length with a space in it", "Content-Length: 5 0"),
                framed("an empty length", "Content-Length: "),
                framed("a length that overflows", "Content-Length: 18446744073709551621"),
                framed("a space before the colon", "Content-Length : 5"),
                framed("a space before the coding's colon", "Transfer-Encoding : chunked"),
                framed("a tab before the colon", "Transfer-Encoding\t: chunked"),
                framed("a folded coding", "Transfer-Encoding:", " chunked"),
                framed("a line without a colon", "Content-Length 5"),
                framed("a zero byte in a name", "Content\u0000-Length: 5"),
                framed("a zero byte in a value", "X-Header: a\u0000b", "Content-Length: 5"),
                framed("a carriage return in a value", "X-Header: a\rContent-Length: 5", "Transfer-Encoding: chunked"),
                Arguments.of(
                        "chunks in HTTP/1.0",
                        RawClient.head(
                                                "POST",
                                                "/v1/chat/completions",
                                                "Connection: keep-alive",
                                                "Content-Length: 5",
                                                "Transfer-Encoding: chunked")
                                        .replace("HTTP/1.1", "HTTP/1.0")
                                + "0\r\n\r\n" + SMUGGLED));
    }

    static Stream<Arguments> badChunks() {
        return Stream.of(
                chunked("a chunk that overflows", "FFFFFFFFFFFFFFFF0\r\n{}\r\n0\r\n\r\n"),
                chunked("a chunk of almost 2 GB more than there is", "80000002\r\n{}\r\n0\r\n\r\n"),
                chunked("a negative chunk", "-2\r\n{}\r\n0\r\n\r\n"),
                chunked("a chunk with a sign", "+2\r\n{}\r\n0\r\n\r\n"),
                chunked("a chunk with a prefix", "0x2\r\n{}\r\n0\r\n\r\n"),
                chunked("a chunk without a size", "\r\n{}\r\n0\r\n\r\n"),
                chunked("a chunk that is longer than it says", "2\r\n{}XX\r\n0\r\n\r\n"),
                chunked("a line feed in a chunk's extension", "2;a\nb\r\n{}\r\n0\r\n\r\n"),
                chunked("a lone line feed after the size", "2\n{}\r\n0\r\n\r\n"),
                chunked("a length in the trailer", "2\r\n{}\r\n0\r\nContent-Length : 5\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ambiguousRequests")
    void an_ambiguous_request_is_refused_and_nothing_after_it_runs(String what, String request) {
        try (var client = siege.connect()) {
            client.send(request).answer().error(400);
            assertThat(client.rest()).as("after the refusal").isEmpty();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badChunks")
    void a_body_in_bad_chunks_ends_the_connection_and_nothing_after_it_runs(String what, String request) {
        try (var client = siege.connect()) {
            assertThat(client.send(request).rest()).doesNotContain("200 OK");
        }
    }

    @Test
    void lines_that_end_with_a_line_feed_only_hide_no_request() {
        var request = RawClient.post("/v1/chat/completions", GOOD).replace("\r\n", "\n");
        try (var client = siege.connect()) {
            assertThat(client.send(request).answer().status()).isIn(200, 400);
        }
    }

    @Test
    void two_equal_lengths_are_one() {
        var request =
                RawClient.head("POST", "/v1/chat/completions", RawClient.length(GOOD), RawClient.length(GOOD)) + GOOD;
        assertThat(siege.ask(request).status()).isIn(200, 400);
    }

    @Test
    void chunks_with_extensions_and_a_trailer_are_read() {
        var request = RawClient.head("POST", "/v1/chat/completions", "Transfer-Encoding: chunked")
                + Integer.toHexString(GOOD.length()) + ";name=value\r\n" + GOOD + "\r\n0\r\nX-Trailer: a\r\n\r\n";
        assertThat(siege.ask(request).status()).isEqualTo(200);
    }

    @Test
    void good_requests_behind_each_other_are_answered_in_order() {
        try (var client = siege.connect()) {
            client.send(RawClient.chat("slow")
                    + RawClient.chat("good")
                    + RawClient.head("GET", "/v1/models")
                    + RawClient.chat("nobody")
                    + RawClient.chat("good"));
            assertThat(client.answer().json().getString("id")).isEqualTo("slow");
            assertThat(client.answer().json().getString("id")).isEqualTo("1");
            assertThat(client.answer().json().getString("object")).isEqualTo("list");
            client.answer().error(404);
            assertThat(client.answer().json().getString("id")).isEqualTo("1");
        }
    }

    @Test
    void a_request_behind_a_stranger_s_is_checked_by_itself() {
        try (var client = siege.connect()) {
            var stranger = RawClient.chat("good").replace(RunningPlatform.KEY, "sk-stranger");
            client.send(stranger + RawClient.chat("good") + stranger);
            client.answer().error(401);
            assertThat(client.answer().status()).isEqualTo(200);
            client.answer().error(401);
        }
    }
}
