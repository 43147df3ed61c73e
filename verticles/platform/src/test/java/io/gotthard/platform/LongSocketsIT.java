package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is open for long on purpose is not taken for somebody who is slow with a request. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class LongSocketsIT {

    private static RunningPlatform platform;
    private static Hub admin;

    @BeforeAll
    static void start() {
        platform = RunningPlatform.start("http: {header_timeout: 1s, body_timeout: 1s}");
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void sockets_and_streams_outlive_the_time_that_a_request_may_take() {
        var thread = admin.post("/threads", object("title", "Long")).id();
        try (var socket = EventClient.following(admin, thread, 0);
                var bridge = EventClient.open(platform.url(), "/eventbus/websocket");
                var stream = EventReader.open(admin, thread, "")) {
            bridge.send(object("type", "register", "address", "events.thread." + thread)
                    .put("headers", object("authorization", "Bearer " + admin.key())));
            assertThat(socket.places(2)).containsExactly(1L, 2L);
            assertThat(stream.next(2)).hasSize(2);
            assertThat(List.of(place(bridge), place(bridge))).containsExactly(1L, 2L);
            for (int i = 0; i < 3; i++) {
                // That it is closed says that the time is over once more.
                try (var idle = RawClient.to(platform.url())) {
                    assertThat(idle.rest()).isEmpty();
                }
            }
            admin.post("/threads/" + thread + "/messages", object("content", "Still there?"))
                    .ok();
            assertThat(socket.places(1)).containsExactly(3L);
            assertThat(stream.next().getLong("seq")).isEqualTo(3L);
            assertThat(place(bridge)).isEqualTo(3L);
        }
    }

    private static long place(EventClient bridge) {
        return bridge.next("rec").getJsonObject("body").getLong("seq");
    }
}
