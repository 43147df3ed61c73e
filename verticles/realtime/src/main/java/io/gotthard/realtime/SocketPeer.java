package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.kit.Ids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** A WebSocket as those see it who serve workers. */
final class SocketPeer implements WorkerPeer {

    private final Sockets sockets;
    private final EventSocket socket;
    private final String id = Ids.next("wkr");

    SocketPeer(Sockets sockets, EventSocket socket) {
        this.sockets = sockets;
        this.socket = socket;
    }

    @Override
    public Caller caller() {
        return socket.caller();
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void send(JsonObject frame) {
        socket.send(frame);
    }

    @Override
    public void ack(String frameId, JsonObject result) {
        socket.send(new JsonObject().put("type", "ack").put("id", frameId).put("result", result));
    }

    @Override
    public void error(String frameId, Failure failure) {
        socket.send(new JsonObject().put("type", "error").put("id", frameId).put("error", FrameHandler.error(failure)));
    }

    @Override
    public boolean isFull() {
        return socket.isFull();
    }

    @Override
    public Future<Answer> ask(String address, Map<String, String> parameters, JsonObject body) {
        var call = new Call(
                sockets.bus().nextId(),
                socket.requestId(),
                socket.caller(),
                socket.address(),
                Map.copyOf(parameters),
                body == null ? null : JsonBody.parse(body.toBuffer()));
        return sockets.bus().ask(address, call).next();
    }

    @Override
    public void close(int code, String reason) {
        socket.close(code, reason);
    }
}
