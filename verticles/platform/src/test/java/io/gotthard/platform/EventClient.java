package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;

import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A client of {@code /api/v1/ws}, or of the bridge's plain WebSocket, that keeps what it is sent. */
final class EventClient implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 30;

    private final Vertx vertx = Vertx.vertx();
    /** Kept, because Vert.x shuts down the sockets of a client that nobody holds. */
    private final WebSocketClient client =
            vertx.createWebSocketClient(new WebSocketClientOptions().setMaxFrameSize(1 << 20));

    private final WebSocket socket;
    private final BlockingQueue<JsonObject> frames = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    /** Whether it speaks Vert.x's bridge protocol, which is no contract of ours. */
    private final boolean bridge;

    private EventClient(URI url, String uri) {
        bridge = !uri.startsWith("/api/v1/ws");
        var options = new WebSocketConnectOptions()
                .setHost(url.getHost())
                .setPort(url.getPort())
                .setURI(uri);
        try {
            socket = client.connect(options)
                    .onSuccess(opened -> {
                        opened.textMessageHandler(text -> frames.add(new JsonObject(text)));
                        opened.closeHandler(gone -> closed.complete(Integer.valueOf(opened.closeStatusCode())));
                    })
                    .await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** One at this address, which may have a ticket in it. */
    static EventClient open(URI url, String uri) {
        return new EventClient(url, uri);
    }

    /** One who said who it is. */
    static EventClient of(Hub who) {
        var client = new EventClient(who.url(), "/api/v1/ws");
        client.send(object("type", "auth", "token", who.key()));
        client.next("ready");
        return client;
    }

    /** The same, and follows a thread. */
    static EventClient following(Hub who, String thread, long after) {
        var client = of(who);
        client.send(object("type", "subscribe", "id", "s", "thread", thread, "after", after));
        client.next("subscribed");
        return client;
    }

    void send(JsonObject frame) {
        socket.writeTextMessage(frame.encode());
    }

    /** Stops reading, or begins again. */
    void reads(boolean reading) {
        if (reading) {
            socket.resume();
        } else {
            socket.pause();
        }
    }

    JsonObject next() {
        try {
            var frame = frames.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (frame == null) {
                throw new AssertionError("no frame came; closed with " + closed.getNow(null));
            }
            return bridge ? frame : FrameContract.checked(frame);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    JsonObject next(String type) {
        var frame = next();
        if (!type.equals(frame.getString("type"))) {
            throw new AssertionError("expected " + type + ", got " + frame);
        }
        return frame;
    }

    /** The places of the next events, with gaps between them. */
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

    int closed() {
        try {
            return closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("it was not closed", e);
        }
    }

    boolean isClosed() {
        return closed.isDone();
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
