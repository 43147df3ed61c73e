package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A worker that speaks TCP, with the frames of Vert.x' event-bus bridge. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class TcpWorkerIT {

    private static RunningPlatform platform;

    @BeforeAll
    static void start() {
        platform = RunningPlatform.start("realtime: {tcp_bridge: '127.0.0.1:0'}");
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    /** One connection, with what Vert.x' clients do to it. */
    private static final class Line implements AutoCloseable {

        private final Socket socket;
        private final DataInputStream in;
        private final DataOutputStream out;

        Line() throws IOException {
            socket = new Socket("127.0.0.1", platform.tcpPort());
            socket.setSoTimeout(20_000);
            in = new DataInputStream(socket.getInputStream());
            out = new DataOutputStream(socket.getOutputStream());
        }

        Line write(JsonObject message) throws IOException {
            var bytes = message.encode().getBytes(StandardCharsets.UTF_8);
            out.writeInt(bytes.length);
            out.write(bytes);
            out.flush();
            return this;
        }

        Line say(JsonObject frame) throws IOException {
            return write(object("type", "send", "address", "gotthard.worker", "body", frame));
        }

        JsonObject read() throws IOException {
            return new JsonObject(new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8));
        }

        JsonObject hear(String type) throws IOException {
            while (true) {
                var message = read();
                assertThat(message.getString("address")).isEqualTo("gotthard.worker");
                if (message.getJsonObject("body").getString("type").equals(type)) {
                    return message.getJsonObject("body");
                }
            }
        }

        boolean isClosed() throws IOException {
            return in.read() < 0;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void a_worker_takes_a_run_and_finishes_it() throws IOException {
        var hub = new Hub(platform.url(), RunningPlatform.KEY);
        try (var line = new Line()) {
            line.say(object("type", "auth", "token", RunningPlatform.KEY)).hear("ready");
            line.say(object("type", "worker.announce", "class", "Tcp"));
            var worker = line.hear("worker.announced").getString("worker");
            var run = hub.post("/agents/Tcp/default/runs", object()).ok().json();
            var start = line.hear("worker.start");
            assertThat(start.getString("run")).isEqualTo(run.getString("id"));
            var stop = object(
                    "run", start.getString("run"),
                    "lease", start.getLong("lease"),
                    "n", 1,
                    "type", "run.stopped",
                    "data", object("output", object("content", "over TCP")));
            line.say(object("type", "worker.events", "worker", worker, "events", new JsonArray().add(stop)));
            assertThat(line.hear("worker.acknowledged").getInteger("n")).isEqualTo(1);
            var done = hub.post("/runs/" + run.getString("id") + "/wait", null)
                    .ok()
                    .json();
            assertThat(done.getJsonObject("output").getString("content")).isEqualTo("over TCP");
        }
    }

    @Test
    void nothing_else_of_the_bus_is_reached() throws IOException {
        try (var line = new Line()) {
            line.say(object("type", "auth", "token", RunningPlatform.KEY)).hear("ready");
            line.write(object("type", "send", "address", "accounts.verifyCredential", "body", object("hash", "x")));
            assertThat(line.read()).isEqualTo(object("type", "err", "message", "access_denied"));
            line.write(object("type", "ping"));
            assertThat(line.read()).isEqualTo(object("type", "pong"));
            line.say(object("type", "subscribe", "id", "a", "thread", "thr_a"));
            assertThat(line.hear("error").getString("id")).isEqualTo("a");
        }
    }

    @Test
    void who_is_about_to_send_too_much_is_told_and_cut_off() throws IOException {
        try (var line = new Line()) {
            line.say(object("type", "auth", "token", RunningPlatform.KEY)).hear("ready");
            line.out.writeInt(100_000);
            assertThat(line.read()).isEqualTo(object("type", "err", "message", "frame_too_large"));
            assertThat(line.isClosed()).isTrue();
        }
    }

    @Test
    void a_stranger_a_wrong_key_and_what_is_no_frame_are_cut_off() throws IOException {
        try (var line = new Line()) {
            assertThat(line.say(object("type", "worker.announce", "class", "X")).isClosed())
                    .isTrue();
        }
        try (var line = new Line()) {
            assertThat(line.say(object("type", "auth", "token", "sk-gotthard-wrong"))
                            .isClosed())
                    .isTrue();
        }
        try (var line = new Line()) {
            line.out.writeInt(Integer.MAX_VALUE);
            assertThat(line.isClosed()).isTrue();
        }
        try (var line = new Line()) {
            line.out.writeInt(3);
            line.out.writeBytes("{x}");
            assertThat(line.isClosed()).isTrue();
        }
    }
}
