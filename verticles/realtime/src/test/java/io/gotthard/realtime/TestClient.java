package io.gotthard.realtime;

import static io.gotthard.realtime.RealtimeServer.await;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A client of a WebSocket that keeps what it was sent. */
final class TestClient {

    private static final long PATIENCE_SECONDS = 20;

    final WebSocket socket;
    private final BlockingQueue<JsonObject> frames = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();

    /** Whether it speaks Vert.x's bridge protocol, which is no contract of ours. */
    private final boolean bridge;

    private TestClient(RealtimeServer server, WebSocketConnectOptions options) {
        bridge = !options.getURI().startsWith(Sockets.PATH);
        socket = await(server.webSockets.connect(options).onSuccess(opened -> {
            opened.textMessageHandler(text -> frames.add(new JsonObject(text)));
            // So Vert.x's bridge sends what it says by itself, where there is no SockJS around it.
            opened.binaryMessageHandler(bytes -> frames.add(new JsonObject(bytes)));
            opened.closeHandler(gone -> closed.complete(Integer.valueOf(opened.closeStatusCode())));
        }));
    }

    static WebSocketConnectOptions to(RealtimeServer server) {
        return new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(server.port())
                .setURI(Sockets.PATH);
    }

    static TestClient open(RealtimeServer server) {
        return new TestClient(server, to(server));
    }

    static TestClient open(RealtimeServer server, WebSocketConnectOptions options) {
        return new TestClient(server, options);
    }

    /** Opens one that said who it is. */
    static TestClient as(RealtimeServer server, String key) {
        var client = open(server);
        client.send(new JsonObject().put("type", "auth").put("token", key));
        client.next("ready");
        return client;
    }

    void send(JsonObject frame) {
        socket.writeTextMessage(frame.encode());
    }

    void send(String text) {
        socket.writeTextMessage(text);
    }

    void send(Buffer bytes) {
        socket.writeBinaryMessage(bytes);
    }

    void subscribe(String id, String thread, long after) {
        send(new JsonObject()
                .put("type", "subscribe")
                .put("id", id)
                .put("thread", thread)
                .put("after", after));
    }

    /** The next frame, which has to be of this type. */
    JsonObject next(String type) {
        var frame = next();
        if (!type.equals(frame.getString("type"))) {
            throw new AssertionError("expected " + type + ", got " + frame);
        }
        return frame;
    }

    JsonObject next() {
        try {
            var frame = frames.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (frame == null) {
                throw new AssertionError("no frame came");
            }
            if (!bridge) {
                FrameSchemas.get().checkSent(frame);
            }
            return frame;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The next frame that is as wanted; others are dropped. */
    JsonObject next(Predicate<JsonObject> wanted) {
        while (true) {
            var frame = next();
            if (wanted.test(frame)) {
                return frame;
            }
        }
    }

    /** The places of the next events, however many gaps are told of between them. */
    List<Long> places(int count) {
        var places = new ArrayList<Long>();
        while (places.size() < count) {
            var frame = next();
            if (frame.getString("type").equals("event")) {
                places.add(frame.getJsonObject("event").getLong("seq"));
            } else if (!frame.getString("type").equals("gap")) {
                throw new AssertionError("expected an event, got " + frame);
            }
        }
        return places;
    }

    /** What is here by now. */
    List<JsonObject> received() {
        var here = new ArrayList<JsonObject>();
        frames.drainTo(here);
        return here;
    }

    /** The code with which the server closed it. */
    int closed() {
        try {
            return closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("it was not closed", e);
        }
    }
}
