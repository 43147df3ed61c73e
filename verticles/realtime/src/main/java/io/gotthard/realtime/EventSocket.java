package io.gotthard.realtime;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A WebSocket of a client: who it is, what it may still send, and what it is sent. */
final class EventSocket implements Audience {

    private static final Logger LOG = LoggerFactory.getLogger(EventSocket.class);
    private static final Buffer NOTHING = Buffer.buffer();

    private final Sockets sockets;
    private final RealtimeSettings settings;
    private final ServerWebSocket socket;
    private final Presence presence;
    private final Allowance allowance;
    private final FrameHandler frames;
    private final long opened = System.nanoTime();
    private boolean identifying;
    private boolean closed;
    private long heard = opened;
    private long pinged = opened;
    /** Since when it takes nothing of what it was sent; 0 if it does. */
    private long full;

    EventSocket(Sockets sockets, ServerWebSocket socket, String requestId) {
        this.sockets = sockets;
        this.settings = sockets.settings();
        this.socket = socket;
        this.allowance = new Allowance(settings.rate());
        this.frames = new FrameHandler(sockets, this);
        this.presence = new Presence(
                sockets.identification(),
                requestId,
                socket.remoteAddress().hostAddress(),
                this::close,
                frames::recheck);
        socket.setWriteQueueMaxSize((int) settings.queue().bytes());
        socket.frameHandler(this::heard);
        socket.textMessageHandler(this::received);
        socket.binaryMessageHandler(bytes -> close(Farewell.MALFORMED));
        socket.drainHandler(drained -> drained());
        socket.exceptionHandler(this::broken);
        socket.closeHandler(gone -> gone());
    }

    /** Whether nobody knows yet who it is. */
    boolean isStranger() {
        return presence.identity() == null;
    }

    Presence presence() {
        return presence;
    }

    FrameHandler frames() {
        return frames;
    }

    @Override
    public Caller caller() {
        return presence.identity().caller();
    }

    @Override
    public String requestId() {
        return presence.requestId();
    }

    @Override
    public String address() {
        return presence.address();
    }

    /** Says who it is; again, to stay longer than the credential before allowed. */
    void identify(Future<Identity> found) {
        if (identifying) {
            close(Farewell.MALFORMED);
            return;
        }
        identifying = true;
        // What the client says after its token is not to depend on how soon that is known.
        socket.pause();
        found.onComplete(
                who -> {
                    identifying = false;
                    welcome(who);
                    socket.resume();
                },
                cause -> refused(Failure.of(cause)));
    }

    private void refused(Failure why) {
        close(why.status() == 401 ? Farewell.UNAUTHORIZED : Farewell.TRY_LATER);
    }

    private void welcome(Identity who) {
        if (closed) {
            return;
        }
        if (!presence.admits(who)) {
            close(Farewell.REVOKED);
            return;
        }
        boolean stranger = isStranger();
        presence.become(who);
        if (stranger) {
            sockets.identified(this);
        }
        send(new JsonObject()
                .put("type", "ready")
                .put("account", who.caller().account())
                .put("tenant", who.caller().tenant())
                .put("expires_at", who.expires() == null ? null : who.expires().toString()));
    }

    /** Looks after what time brings. */
    void tick(long now, Instant today) {
        presence.tick(now, today);
        if (isStranger() && now - opened > settings.authentication().toNanos()) {
            close(Farewell.SILENT);
        }
        if (closed) {
            return;
        }
        frames.tick();
        if (now - heard > settings.idle().toNanos() && full == 0) {
            close(Farewell.SILENT);
        } else if (full != 0 && now - full > settings.stalled().toNanos()) {
            close(Farewell.SILENT);
        } else if (now - Math.max(heard, pinged) > settings.ping().toNanos() && full == 0) {
            pinged = now;
            socket.writePing(NOTHING);
        }
    }

    private void heard(WebSocketFrame frame) {
        heard = System.nanoTime();
        // Each costs something, be it a ping, which is answered, or an empty part of a message.
        if (!frame.isClose() && !allowance.take()) {
            close(Farewell.FLOOD);
        }
    }

    private void received(String text) {
        if (closed) {
            return;
        }
        if (text.length() > settings.frame().bytes()) {
            close(Farewell.TOO_LARGE);
            return;
        }
        try {
            frames.handle(new JsonObject(text));
        } catch (DecodeException | ClassCastException e) {
            close(Farewell.MALFORMED);
        } catch (RuntimeException e) {
            LOG.error("A frame failed unexpectedly, request {}", requestId(), e);
            close(Farewell.INTERNAL);
        }
    }

    private void broken(Throwable cause) {
        LOG.debug("A WebSocket broke, request {}", requestId(), cause);
        // Nothing else that a client does ends here but frames that are too large, or no frames at all.
        close(Farewell.TOO_LARGE);
    }

    private void drained() {
        if (!closed && !socket.writeQueueFull()) {
            full = 0;
            frames.drained();
        }
    }

    private void gone() {
        closed = true;
        sockets.gone(this);
        frames.closed();
    }

    @Override
    public boolean isFull() {
        if (closed || socket.isClosed()) {
            return true;
        }
        boolean queued = socket.writeQueueFull();
        if (queued && full == 0) {
            full = System.nanoTime();
        }
        return queued;
    }

    @Override
    public void show(Subscription subscription, Line line) {
        write(line.between("{\"type\":\"event\",\"id\":\"" + subscription.id() + "\",\"event\":", "}"));
    }

    @Override
    public void gap(Subscription subscription, long after) {
        send(new JsonObject().put("type", "gap").put("id", subscription.id()).put("after", after));
    }

    @Override
    public void ended(Subscription subscription, Failure why) {
        frames.forget(subscription.id());
        send(new JsonObject()
                .put("type", "subscription.ended")
                .put("id", subscription.id())
                .put("after", subscription.place())
                .put("error", why == null ? null : FrameHandler.error(why)));
    }

    /** Sends a frame; nothing happens if the socket is closed. */
    void send(JsonObject frame) {
        write(frame.encode());
    }

    private void write(String frame) {
        if (!closed && !socket.isClosed()) {
            socket.writeTextMessage(frame);
        }
    }

    void close(Farewell why) {
        close(why.code(), why.reason());
    }

    void close(int code, String reason) {
        if (!closed) {
            closed = true;
            LOG.debug("Closing a WebSocket with {}: {}, request {}", code, reason, requestId());
            frames.closed();
            sockets.gone(this);
            socket.close((short) code, reason);
        }
    }
}
