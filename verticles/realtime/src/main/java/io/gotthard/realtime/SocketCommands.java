package io.gotthard.realtime;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Commands of a client, each of which is an operation of the REST API: same rights, same checks, same answer. */
final class SocketCommands {

    private static final int MOST_AT_ONCE = 16;

    /**
     * An operation.
     *
     * @param id its id in the contract
     * @param names the parameters of its path, which are members of the frame
     * @param body whether the frame's member {@code body} is what the operation's body is
     */
    private record Command(String id, List<String> names, boolean body) {}

    private static final Map<String, Command> COMMANDS = Map.of(
            "message.create", new Command("createThreadMessage", List.of("thread"), true),
            "run.create", new Command("createRun", List.of("thread"), true),
            "run.cancel", new Command("cancelRun", List.of("run"), false),
            "task.answer", new Command("answerTask", List.of("task"), true));

    private final Sockets sockets;
    private final EventSocket socket;
    private int running;

    SocketCommands(Sockets sockets, EventSocket socket) {
        this.sockets = sockets;
        this.socket = socket;
    }

    /** Whether there is a command of this type, which is then begun; its end is told by {@code ack} or {@code error}. */
    boolean run(String type, JsonObject frame) {
        var command = COMMANDS.get(type);
        if (command == null) {
            return false;
        }
        var id = FrameHandler.name(frame, "id", true);
        if (running >= MOST_AT_ONCE) {
            throw Failure.refused(429, "too_many_commands", "Too many commands of this socket are being done.");
        }
        var parameters = new HashMap<String, String>();
        command.names().forEach(name -> parameters.put(name, FrameHandler.name(frame, name, true)));
        JsonBody body = null;
        if (command.body()) {
            var given = frame.getJsonObject("body");
            if (given == null) {
                throw Failure.invalid("body", "'body' must be an object.");
            }
            body = JsonBody.parse(given.toBuffer());
        }
        var call = new Call(
                sockets.bus().nextId(),
                socket.requestId() + "/" + id,
                socket.caller(),
                socket.address(),
                Map.copyOf(parameters),
                body);
        running++;
        sockets.lobby()
                .ask(command.id(), call)
                .onComplete(done -> running--)
                .onComplete(
                        answer -> socket.send(new JsonObject()
                                .put("type", "ack")
                                .put("id", id)
                                .put("result", answer.body().length() == 0 ? null : new JsonObject(answer.body()))),
                        cause -> socket.send(new JsonObject()
                                .put("type", "error")
                                .put("id", id)
                                .put("error", FrameHandler.error(Failure.of(cause)))));
        return true;
    }
}
