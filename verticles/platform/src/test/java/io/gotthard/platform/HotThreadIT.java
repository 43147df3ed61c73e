package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One thread that two thousand follow, of whom a hundred stop reading. */
@Tag("heavy")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class HotThreadIT {

    private static final int FOLLOWERS = 2_000;
    private static final int STOPPED = 100;
    private static final int MESSAGES = 30;
    private static final int SIZE = 30_000;

    /** Where a follower is; what is not the next event is a failure. */
    private static final class Place {
        final AtomicLong last = new AtomicLong();
        volatile String wrong;
        volatile boolean gap;
        volatile String other = "nothing else";

        void frame(String text) {
            if (text.startsWith("{\"type\":\"event\"")) {
                int at = text.indexOf("\"seq\":") + 6;
                long seq = Long.parseLong(text, at, text.indexOf(',', at), 10);
                if (seq != last.get() + 1) {
                    wrong = "expected " + (last.get() + 1) + ", got " + seq;
                }
                last.set(seq);
            } else if (text.startsWith("{\"type\":\"gap\"")) {
                gap = true;
            } else {
                other = text;
            }
        }
    }

    @Test
    void the_others_notice_nothing_and_those_who_stopped_catch_up_completely(@TempDir Path folder) throws Exception {
        var vertx = Vertx.vertx();
        var client = vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxConnections(FOLLOWERS).setMaxFrameSize(1 << 20));
        try (var nodes = TwoNodes.start(folder)) {
            var ada = Person.in(nodes);
            var thread = ada.thread("Hot");
            var places = new ArrayList<Place>();
            var sockets = new ArrayList<WebSocket>();
            for (int i = 0; i < FOLLOWERS; i += 50) {
                var opening = new ArrayList<Future<WebSocket>>();
                for (int j = 0; j < 50; j++) {
                    var place = new Place();
                    places.add(place);
                    opening.add(client.connect(ada.hub().url().getPort(), "127.0.0.1", "/api/v1/ws")
                            .onSuccess(socket -> {
                                socket.textMessageHandler(place::frame);
                                socket.writeTextMessage(object(
                                                "type",
                                                "auth",
                                                "token",
                                                ada.hub().key())
                                        .encode());
                            }));
                }
                for (var socket :
                        Future.all(opening).await(60, TimeUnit.SECONDS).<WebSocket>list()) {
                    sockets.add(socket);
                    socket.writeTextMessage(subscribe(thread).encode());
                }
            }
            reached(places, 2);
            var stopped = sockets.subList(0, STOPPED);
            stopped.forEach(WebSocket::pause);
            for (int i = 0; i < MESSAGES; i++) {
                ada.say(thread, "x".repeat(SIZE));
            }
            reached(places.subList(STOPPED, FOLLOWERS), 2 + MESSAGES);
            assertThat(places.subList(STOPPED, FOLLOWERS))
                    .allSatisfy(place -> assertThat(place.gap).isFalse());
            stopped.forEach(WebSocket::resume);
            reached(places, 2 + MESSAGES);
            ada.say(thread, "the end");
            reached(places, 3 + MESSAGES);
            assertThat(places).allSatisfy(place -> assertThat(place.wrong).isNull());
        } finally {
            // Held until here, because Vert.x shuts down the sockets of a client that nobody holds.
            client.close().await();
            vertx.close().await();
        }
    }

    private static JsonObject subscribe(String thread) {
        return object("type", "subscribe", "id", "s", "thread", thread, "after", 0);
    }

    private static void reached(List<Place> places, long seq) {
        try {
            Await.until(
                    "everybody is at " + seq,
                    Duration.ofSeconds(60),
                    () -> places.stream().allMatch(place -> place.last.get() >= seq || place.wrong != null));
        } catch (AssertionError late) {
            var at = places.stream()
                    .collect(Collectors.groupingBy(
                            place -> place.last.get() + ", told " + place.other, Collectors.counting()));
            throw new AssertionError("So many are at: " + at, late);
        }
    }
}
