package io.gotthard.contracts;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The answering side of a dialogue: where an {@link Operation} writes a stream, and hears that the asker went away.
 *
 * <p>Nothing is sent that was not asked for. Data that arrives while the asker is busy waits here, and {@link #write} says
 * when that is enough: so a slow reader slows the upstream, and the memory of a stream is bounded. All methods are to be
 * called on the context of the verticle that answers.
 */
public final class BusStream {

    /** Bytes that may wait for the asker before {@link #write} asks to pause. */
    static final int FULL = 128 * 1024;

    private final Bus bus;
    private final String id;
    /** The question that is not answered yet; null while the asker is busy with the last answer. */
    private Message<?> asked;

    private long askedAt = System.nanoTime();
    private boolean opened;
    private Answer first;
    private Buffer waiting;
    /** Whether the writer was told to pause, and waits to hear that it may go on. */
    private boolean full;

    private boolean ended;
    private Failure failure;
    private Usage usage;
    private boolean closed;
    private UnaryOperator<Buffer> translation = UnaryOperator.identity();
    private Runnable onDrain = () -> {};
    private Runnable onCancel = () -> {};
    private BiConsumer<Usage, Failure> onEnd = (consumed, cause) -> {};

    BusStream(Bus bus, String id, Message<?> asked) {
        this.bus = bus;
        this.id = id;
        this.asked = asked;
    }

    /** Lets all that is written from now on pass through a translation: what it returns is sent in its place. */
    public void translate(UnaryOperator<Buffer> translated) {
        translation = translated;
    }

    /**
     * Sends data, or keeps it until the asker asks. The buffer is handed over: do not change it afterwards.
     *
     * @return false if the caller should pause until {@link #onDrain}
     */
    public boolean write(Buffer data) {
        if (closed || ended) {
            return true;
        }
        var translated = translation.apply(data);
        waiting = waiting == null ? translated : waiting.appendBuffer(translated);
        sendIfAsked();
        full = waiting != null && waiting.length() >= FULL;
        return !full;
    }

    /** Ends the stream well, with what it consumed. */
    public void end(Usage consumed) {
        if (closed || ended) {
            return;
        }
        ended = true;
        usage = consumed;
        onEnd.accept(consumed, failure);
        sendIfAsked();
    }

    /** Ends the stream badly: what was written before is delivered first, then the asker's next question fails. */
    public void fail(Failure cause) {
        failure = failure == null ? cause : failure;
        end(null);
    }

    /** Called when the asker took what was too much for it before. */
    public void onDrain(Runnable action) {
        onDrain = action;
    }

    /**
     * Called once when the work is over, whatever way: with what it consumed if it ended well, and with the cause if it did not or
     * nobody wants it any more.
     */
    public void onEnd(BiConsumer<Usage, Failure> action) {
        onEnd = action;
        if (closed && !ended) {
            action.accept(null, Failure.cancelled());
        }
    }

    /** Called once if the asker went away or stayed silent too long: stop the work, whatever phase it is in. */
    public void onCancel(Runnable action) {
        onCancel = action;
        if (closed) {
            action.run();
        }
    }

    /** Whether nobody wants the answer any more. */
    public boolean isCancelled() {
        return closed;
    }

    /** The operation's own answer: the only one, or the one that opens the stream. */
    void first(Answer answer) {
        opened = true;
        first = answer;
        if (answer.more()) {
            sendIfAsked();
        } else {
            waiting = answer.body();
            end(answer.usage());
        }
    }

    /** The operation failed before it answered. */
    void refuse(Failure cause) {
        opened = true;
        waiting = null;
        fail(cause);
    }

    private void sendIfAsked() {
        if (!closed && opened && asked != null) {
            send();
        }
    }

    private void send() {
        var message = asked;
        var data = waiting == null ? Buffer.buffer() : waiting;
        if (failure != null && data.length() == 0) {
            close();
            message.reply(failure);
            return;
        }
        boolean last = ended && failure == null;
        var answer = new Answer(first.status(), first.contentType(), data, !last, usage, first.headers());
        if (last) {
            close();
            message.reply(answer);
        } else {
            waiting = null;
            sendAndAwait(answer);
        }
    }

    private void sendAndAwait(Answer answer) {
        var message = asked;
        asked = null;
        message.<Object>replyAndRequest(answer, bus.readerPatience()).onComplete(this::askedAgain, gone -> cancel());
    }

    private void askedAgain(Message<?> message) {
        asked = message;
        askedAt = System.nanoTime();
        if (closed) {
            message.reply(Failure.cancelled());
        } else if (message.body() != null) {
            cancel();
        } else {
            if (opened && (waiting != null || ended)) {
                send();
            }
            if (full && waiting == null && !closed) {
                full = false;
                onDrain.run();
            }
        }
    }

    /** Tells an asker who has waited long that the work goes on. */
    void reassure(long now, long afterNanos) {
        if (!closed && asked != null && now - askedAt > afterNanos) {
            sendAndAwait(Answer.PENDING);
        }
    }

    /** The asker is gone. */
    void cancel() {
        stop(Failure.cancelled());
    }

    /** Ends the work at once, for an asker who is gone or a verticle that can or may go on no longer. */
    public void stop(Failure cause) {
        if (!closed) {
            close();
            if (!ended) {
                onEnd.accept(null, cause);
            }
            if (asked != null) {
                // Nobody may read it, but the asker's side is waiting for a reply to let go of.
                asked.reply(cause);
            }
            onCancel.run();
        }
    }

    private void close() {
        closed = true;
        waiting = null;
        bus.closed(id);
    }
}
