package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A page in a real browser that follows a thread through the bridge, by each way that SockJS knows there. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class BrowserTransportsIT {

    private static RunningPlatform platform;
    private static Hub admin;

    @BeforeAll
    static void start() {
        BrowserPage.SUITE.prepare();
        platform = RunningPlatform.start("realtime: {sockjs_library: /sockjs.min.js, origins: ['https://a.example']}");
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    private static void say(String thread, int count) {
        for (int i = 0; i < count; i++) {
            admin.post("/threads/" + thread + "/messages", object("content", "message \"" + i + "\"\n"))
                    .ok();
        }
    }

    /** Those that sockjs-client has, but for the two that only Internet Explorer knew. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "websocket",
                "xhr-streaming",
                "eventsource",
                "iframe-eventsource",
                "htmlfile",
                "iframe-htmlfile",
                "xhr-polling",
                "iframe-xhr-polling",
                "jsonp-polling"
            })
    void every_transport_shows_every_event_once_and_in_order(String transport) throws Exception {
        try (var network = Detour.to(platform.url().getPort())) {
            var thread = admin.post("/threads", object("title", "Live")).id();
            try (var page =
                    BrowserPage.open("http://127.0.0.1:" + network.port(), RunningPlatform.KEY, thread, transport)) {
                page.shows(2);
                say(thread, 10);
                network.cut();
                say(thread, 10);
                network.mend();
                say(thread, 10);
                page.shows(32);
                assertThat(page.transports()).containsExactly(transport);
                assertThat(page.shown())
                        .isEqualTo(LongStream.rangeClosed(1, 32).boxed().toList());
            }
        }
    }

    @Test
    void only_pages_that_may_open_sockets_may_have_the_page_in_a_frame_that_opens_them() {
        for (var path : List.of("/eventbus/iframe.html", "/eventbus/iframe-1.6.1.html")) {
            try (var client = RawClient.to(platform.url()).send(RawClient.bare("GET", path))) {
                var page = client.answer();
                assertThat(page.status()).isEqualTo(200);
                assertThat(page.headers().get("content-security-policy"))
                        .isEqualTo("frame-ancestors 'self' https://a.example");
            }
        }
    }
}
