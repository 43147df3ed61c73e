package io.gotthard.realtime;

import io.vertx.core.json.JsonObject;

/** What becomes of the frames that a worker sends on its socket: those whose {@code type} begins with {@code worker.}. */
interface WorkerFrames {

    /** One for a socket on which the first such frame came. All is called on the socket's event loop. */
    @FunctionalInterface
    interface Opening {
        /** Takes the socket; it was authenticated. */
        WorkerFrames open(WorkerPeer peer);
    }

    /**
     * A frame came. A thrown {@link io.gotthard.contracts.Failure} is told to the worker as an {@code error} with the frame's {@code id};
     * anything else is a bug and closes the socket.
     */
    void frame(JsonObject frame);

    /** The socket can take more, after {@link WorkerPeer#isFull} said that it could not. */
    void drained();

    /** The socket is gone; called once. */
    void closed();
}
