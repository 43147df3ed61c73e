package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A worker that says what the test wants it to say, over a real socket. */
final class TestWorker implements WebSocket.Listener, AutoCloseable {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<JsonObject> heard = new CopyOnWriteArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final ScheduledExecutorService beats = Executors.newSingleThreadScheduledExecutor();
    private final WebSocket socket;
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private String id;

    /** Connects to a node and says who it is. */
    TestWorker(URI node, String key) {
        var url = URI.create("ws://" + node.getAuthority() + "/api/v1/ws");
        socket = CLIENT.newWebSocketBuilder().buildAsync(url, this).join();
        send(object("type", "auth", "token", key));
        next("ready");
    }

    /** A worker that is announced, and lives until it is closed. */
    static TestWorker of(Hub who, String agentClass, int capacity) {
        var worker = new TestWorker(who.url(), who.key());
        worker.announce(object("class", agentClass, "capacity", capacity, "conversational", true));
        return worker;
    }

    JsonObject announce(JsonObject announcement) {
        send(announcement.copy().put("type", "worker.announce"));
        var announced = next("worker.announced");
        id = announced.getString("worker");
        var _ = beats.scheduleAtFixedRate(
                () -> send(object("type", "worker.heartbeat", "worker", id)), 500, 500, TimeUnit.MILLISECONDS);
        return announced;
    }

    String id() {
        return id;
    }

    /** How many runs it was given. */
    long starts() {
        return heard.stream()
                .filter(frame -> frame.getString("type").equals("worker.start"))
                .count();
    }

    /** The first frame of this type that was not asked for yet. */
    JsonObject next(String type) {
        var found = new JsonObject[1];
        Await.until("a frame " + type + "; there are " + heard, PATIENCE, () -> {
            for (var frame : heard) {
                if (frame.getString("type").equals(type)) {
                    heard.remove(frame);
                    found[0] = frame;
                    return true;
                }
            }
            return false;
        });
        return FrameContract.checked(found[0]);
    }

    /** Waits for a run. */
    JsonObject start() {
        return next("worker.start");
    }

    /** Says what happened in a run. */
    void say(JsonObject start, int n, String type, Object... data) {
        send(object(
                "type",
                "worker.events",
                "worker",
                id,
                "events",
                new JsonArray()
                        .add(object(
                                "run", start.getString("run"),
                                "lease", start.getLong("lease"),
                                "n", n,
                                "type", type,
                                "data", object(data)))));
    }

    /** The same, and waits until it is durable. */
    void said(JsonObject start, int n, String type, Object... data) {
        say(start, n, type, data);
        acknowledged(n);
    }

    void acknowledged(int n) {
        while (next("worker.acknowledged").getInteger("n") < n) {
            // An earlier one.
        }
    }

    /** Says something, and that the run is done. */
    void finish(JsonObject start, int n, String words) {
        var run = start.getString("run");
        say(start, n, "message.created", "message_id", run + "_m", "role", "assistant", "content", words);
        said(start, n + 1, "run.stopped", "finish_reason", "stop");
    }

    synchronized void send(JsonObject frame) {
        if (!socket.isOutputClosed()) {
            socket.sendText(frame.encode(), true).join();
        }
    }

    /** Says nothing any more, but stays connected. */
    void fallSilent() {
        beats.shutdownNow();
    }

    /** As if it was killed. */
    void kill() {
        beats.shutdownNow();
        socket.abort();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            heard.add(new JsonObject(text.toString()));
            text.setLength(0);
        }
        from.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closed.complete(code);
        return null;
    }

    /** The code with which the platform closes it. */
    int closed() {
        return closed.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        if (id != null) {
            send(object("type", "worker.withdraw", "worker", id));
        }
        kill();
    }
}
