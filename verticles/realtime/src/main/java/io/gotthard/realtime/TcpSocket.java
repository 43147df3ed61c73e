package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.kit.Credential;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A TCP connection of a worker: frames with their length in front, each a message of the event-bus bridge. */
final class TcpSocket implements WorkerPeer {

    /** Where workers send their frames, and from where they get theirs. */
    static final String ADDRESS = "gotthard.worker";

    private static final Logger LOG = LoggerFactory.getLogger(TcpSocket.class);

    private final Bus bus;
    private final Identification identification;
    private final RealtimeSettings settings;
    private final NetSocket socket;
    private final Consumer<TcpSocket> gone;
    private final RecordParser parser;
    private final Allowance allowance;
    private final String id;
    private final String address;
    private final WorkerSocket worker;
    private final Instant opened = Instant.now();
    private boolean inHead = true;
    private boolean closed;
    private Identity identity;

    TcpSocket(
            Bus bus,
            Identification identification,
            RealtimeSettings settings,
            NetSocket socket,
            Consumer<TcpSocket> gone) {
        this.bus = bus;
        this.identification = identification;
        this.settings = settings;
        this.socket = socket;
        this.gone = gone;
        this.id = bus.nextId();
        this.address = socket.remoteAddress().hostAddress();
        this.allowance = new Allowance(settings.rate());
        this.worker = new WorkerSocket(bus, this);
        this.parser = RecordParser.newFixed(Integer.BYTES, this::piece);
        socket.handler(parser);
        socket.setWriteQueueMaxSize((int) settings.queue().bytes());
        socket.drainHandler(drained -> worker.drained());
        socket.exceptionHandler(broken -> close());
        socket.closeHandler(end -> close());
    }

    private void piece(Buffer piece) {
        if (closed) {
            return;
        }
        if (inHead) {
            int length = piece.getInt(0);
            if (length < 2 || length > settings.frame().bytes() || !allowance.take()) {
                // Whatever follows can't be trusted.
                if (identity != null && length > settings.frame().bytes()) {
                    refuse("frame_too_large");
                }
                close();
                return;
            }
            parser.fixedSizeMode(length);
        } else {
            parser.fixedSizeMode(Integer.BYTES);
            received(piece);
        }
        inHead = !inHead;
    }

    private void received(Buffer text) {
        try {
            var message = new JsonObject(text);
            switch (message.getString("type", "")) {
                case "ping" -> write(new JsonObject().put("type", "pong"));
                case "send", "publish" -> frame(message);
                case "register", "unregister" -> {
                    // What is sent here comes without being asked for.
                }
                default -> refuse("unknown_type");
            }
        } catch (DecodeException | ClassCastException e) {
            close();
        } catch (RuntimeException e) {
            LOG.error("A frame failed unexpectedly, request {}", id, e);
            close();
        }
    }

    private void frame(JsonObject message) {
        if (!ADDRESS.equals(message.getString("address")) || !(message.getValue("body") instanceof JsonObject frame)) {
            refuse("access_denied");
            return;
        }
        var type = frame.getString("type", "");
        if (type.equals("auth")) {
            authenticate(frame.getString("token", ""));
        } else if (identity == null) {
            close();
        } else if (type.startsWith("worker.")) {
            try {
                worker.frame(frame);
            } catch (Failure refused) {
                error(frame.getString("id"), refused);
            }
        } else {
            error(frame.getString("id"), Failure.refused(400, "unknown_type", "There is no frame of this type here."));
        }
    }

    private void authenticate(String token) {
        Future<Identity> found;
        try {
            found = identification.of(Credential.of(token.strip()), id, address);
        } catch (Failure refused) {
            close();
            return;
        }
        found.onFailure(cause -> close()).onSuccess(who -> {
            if (identity != null
                    && !identity.caller().account().equals(who.caller().account())) {
                close();
                return;
            }
            identity = who;
            send(new JsonObject()
                    .put("type", "ready")
                    .put("account", who.caller().account())
                    .put("tenant", who.caller().tenant())
                    .put(
                            "expires_at",
                            who.expires() == null ? null : who.expires().toString()));
        });
    }

    /** A credential changed, or may have. */
    void changed(String credential) {
        if (identity != null && identity.credential().concernedBy(credential)) {
            identification.again(identity.credential(), id, address).onComplete(who -> identity = who, cause -> {
                // Who is known stays known while accounts can't be asked.
                if (Failure.of(cause).status() == 401) {
                    close();
                }
            });
        }
    }

    /** Looks after what time brings. */
    void tick(Instant now) {
        boolean late =
                identity == null && opened.plus(settings.authentication()).isBefore(now);
        if (late || (identity != null && identity.hasExpired(now))) {
            close();
        }
    }

    private void refuse(String why) {
        write(new JsonObject().put("type", "err").put("message", why));
    }

    private void write(JsonObject message) {
        if (!closed) {
            var text = message.toBuffer();
            socket.write(Buffer.buffer(Integer.BYTES + text.length())
                    .appendInt(text.length())
                    .appendBuffer(text));
        }
    }

    @Override
    public Caller caller() {
        return identity.caller();
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void send(JsonObject frame) {
        write(new JsonObject().put("type", "message").put("address", ADDRESS).put("body", frame));
    }

    @Override
    public void ack(String frameId, JsonObject result) {
        send(new JsonObject().put("type", "ack").put("id", frameId).put("result", result));
    }

    @Override
    public void error(String frameId, Failure failure) {
        send(new JsonObject().put("type", "error").put("id", frameId).put("error", FrameHandler.error(failure)));
    }

    @Override
    public boolean isFull() {
        return closed || socket.writeQueueFull();
    }

    @Override
    public Future<Answer> ask(String operation, Map<String, String> parameters, JsonObject body) {
        var call = new Call(
                bus.nextId(),
                id,
                caller(),
                address,
                Map.copyOf(parameters),
                body == null ? null : JsonBody.parse(body.toBuffer()));
        return bus.ask(operation, call).next();
    }

    @Override
    public void close(int code, String reason) {
        close();
    }

    /** Ends the connection; what is said afterwards gets nowhere. */
    void close() {
        if (!closed) {
            closed = true;
            gone.accept(this);
            worker.closed();
            socket.close();
        }
    }
}
