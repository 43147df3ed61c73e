package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.vertx.core.buffer.Buffer;

/**
 * Where a {@link Provider} puts the answer of one attempt. What is written may be held back until the attempt proves good, or thrown
 * away if it does not; a provider need not know. Deadlines are not a provider's business either: it says how far it came, and is
 * cancelled if that took too long. All methods are to be called on the context on which the provider was asked.
 */
public interface Outlet {

    /** There is a connection, and the request is being sent. */
    void connected();

    /** The head of a good response is there. */
    void answering();

    /** What will be written is bytes of this media type and no events; an outlet for events alone need not know. */
    default void opens(String contentType) {}

    /** Something of the response arrived, be it a part of a body, an event that says nothing or a comment. */
    void heard();

    /**
     * Takes whole events of a stream. The buffer is handed over: do not change it afterwards.
     *
     * @param content whether the answer itself is in it, or in what was written before: text, reasoning, a tool call; and not only a
     *     role, usage or the end. Until then another upstream could still be asked without anybody noticing
     * @return false if the provider should pause until {@link #onDrain}
     */
    boolean write(Buffer events, boolean content);

    /** Ends the stream well, with what it consumed. */
    void end(Usage usage);

    /** Ends the stream badly. */
    void fail(Failure cause);

    /** Called when what was too much before has been taken. */
    void onDrain(Runnable action);

    /**
     * Called once, maybe at once, if nobody wants this attempt any more: let go of the upstream, whatever phase it is in. What the
     * provider says afterwards is not heard.
     */
    void onCancel(Runnable action);

    /** Whether nobody wants this attempt any more. */
    boolean isCancelled();
}
