package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** The socket of a worker, as {@link WorkerFrames} see it. To be used on the socket's event loop only. */
interface WorkerPeer {

    /** Who the worker is. Changes with the credential; a socket whose credential is no longer good is closed. */
    Caller caller();

    /** Names the socket among all of this and of other nodes. */
    String id();

    /** Sends a frame; nothing happens if the socket is closed. */
    void send(JsonObject frame);

    /** Says that the frame with this id was done; without a result it may be null. */
    void ack(String frameId, JsonObject result);

    /** Says what was wrong with a frame; its id may be null. */
    void error(String frameId, Failure failure);

    /** Whether the worker does not read what it was sent, and has to be left alone until {@link WorkerFrames#drained}. */
    boolean isFull();

    /** Asks an address for one answer in the worker's name; {@code body} may be null. Rights are checked by who answers. */
    Future<Answer> ask(String address, Map<String, String> parameters, JsonObject body);

    /** Closes the socket with a code of the table in {@code docs/realtime.md}. */
    void close(int code, String reason);
}
