package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer to a request with an {@code Idempotency-Key}, from when it is asked for: whoever reads it reads it from its beginning, also
 * while it grows. Safe to be used from any event loop.
 */
final class KeptAnswer {

    /** What is counted for each besides its bytes, and for each piece of it. */
    static final int OVERHEAD = 512;

    static final int OF_A_PIECE = 128;

    /** Bytes that a reader is given at once at most, if they come in pieces. */
    private static final int AT_ONCE = 64 * 1024;

    /** Bytes of an answer that is too large to be kept which wait for its readers before its upstream has to wait, too. */
    private static final int WAITING = 256 * 1024;

    private static final Buffer NOTHING = Buffer.buffer();

    private final String id;
    private final String owner;
    private final byte[] print;
    /** What is counted of it; {@link KeptAnswers} alone looks at it, under its lock. */
    long bytes;

    private final List<Replay> readers = new ArrayList<>(1);
    private Answer head;
    private final List<Buffer> pieces = new ArrayList<>();
    /** How many pieces are no longer here. */
    private int dropped;

    private int waiting;
    private boolean tooLarge;
    private Runnable onRoom;
    private volatile Runnable onAbandon = () -> {};
    private boolean over;
    private Usage usage;
    private Failure failure;
    private boolean fromElsewhere;
    private long unreadSince = System.nanoTime();

    /**
     * An answer of which nothing is there yet.
     *
     * @param id names it, on all nodes
     * @param owner whose memory it takes
     * @param print a digest of what was asked
     */
    KeptAnswer(String id, String owner, byte[] print) {
        this.id = id;
        this.owner = owner;
        this.print = print;
    }

    String id() {
        return id;
    }

    String owner() {
        return owner;
    }

    byte[] print() {
        return print;
    }

    /** Whether it is the answer to this. */
    boolean isOf(byte[] otherPrint) {
        return MessageDigest.isEqual(print, otherPrint);
    }

    /** Another one reads; false if the beginning is no longer here. */
    synchronized boolean add(Replay reader) {
        if (tooLarge) {
            return false;
        }
        readers.add(reader);
        return true;
    }

    /** A reader has all of it, or is gone. */
    void remove(Replay reader) {
        Runnable next;
        synchronized (this) {
            readers.remove(reader);
            unreadSince = System.nanoTime();
            // What can't be kept is for nobody any more.
            next = tooLarge && readers.isEmpty() ? onAbandon : room();
        }
        run(next);
    }

    /** How long nobody has been reading, in nanoseconds; 0 if somebody is. */
    synchronized long unread(long now) {
        return readers.isEmpty() ? now - unreadSince : 0;
    }

    /** What to do, on any thread, if nobody wants it any more. */
    void onAbandon(Runnable action) {
        onAbandon = action;
    }

    void abandon() {
        onAbandon.run();
    }

    /** All of an answer is there that is no stream. */
    void whole(Answer answer) {
        synchronized (this) {
            head = answer;
            over = true;
            usage = answer.usage();
        }
        wake();
    }

    /** The head of a stream is there. */
    void head(Answer answer) {
        synchronized (this) {
            head = answer;
        }
        wake();
    }

    /** Another piece of a stream is there. */
    void add(Buffer piece) {
        if (piece.length() > 0) {
            synchronized (this) {
                pieces.add(piece);
                waiting += piece.length();
            }
            wake();
        }
    }

    /** From now on nobody else can read it, and what everybody has read is forgotten. */
    synchronized void tooLarge() {
        tooLarge = true;
    }

    synchronized boolean isTooLarge() {
        return tooLarge;
    }

    /** Whether more may come now. If not, the action is run once that has changed, on any thread. */
    synchronized boolean hasRoom(Runnable action) {
        forget();
        if (!tooLarge || (waiting < WAITING && !readers.isEmpty())) {
            return true;
        }
        onRoom = action;
        return false;
    }

    /** It came from another node. */
    synchronized void fromElsewhere() {
        fromElsewhere = true;
    }

    synchronized boolean isFromElsewhere() {
        return fromElsewhere;
    }

    void end(Usage consumed) {
        synchronized (this) {
            over = true;
            usage = consumed;
        }
        wake();
    }

    /** It ends badly; the first time counts. */
    void fail(Failure cause) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            failure = cause;
        }
        wake();
    }

    private void wake() {
        List<Replay> waking;
        synchronized (this) {
            waking = List.copyOf(readers);
        }
        waking.forEach(Replay::wake);
    }

    synchronized Answer head() {
        return head;
    }

    synchronized Failure failure() {
        return failure;
    }

    synchronized Usage usage() {
        return usage;
    }

    /** Whether nothing more will come. */
    synchronized boolean isOver() {
        return over;
    }

    /** Whether it is complete. */
    synchronized boolean isGood() {
        return over && failure == null;
    }

    /** The next pieces for a reader, in a buffer of its own; null if there is nothing now. */
    Buffer take(Replay reader) {
        Buffer taken = null;
        Runnable next;
        synchronized (this) {
            int at = reader.position() - dropped;
            while (at < pieces.size()
                    && (taken == null || taken.length() + pieces.get(at).length() <= AT_ONCE)) {
                taken = (taken == null ? Buffer.buffer() : taken).appendBuffer(pieces.get(at++));
            }
            reader.position(at + dropped);
            next = room();
        }
        run(next);
        return taken;
    }

    /** Whether the reader has all there will ever be. */
    synchronized boolean isRead(Replay reader) {
        return over && reader.position() - dropped == pieces.size();
    }

    private Runnable room() {
        forget();
        if (onRoom == null || waiting >= WAITING) {
            return null;
        }
        var next = onRoom;
        onRoom = null;
        return next;
    }

    private void forget() {
        if (tooLarge) {
            int read = readers.stream().mapToInt(Replay::position).min().orElse(dropped + pieces.size()) - dropped;
            var gone = pieces.subList(0, read);
            gone.forEach(piece -> waiting -= piece.length());
            gone.clear();
            dropped += read;
        }
    }

    private static void run(Runnable action) {
        if (action != null) {
            action.run();
        }
    }

    /** All of it in one piece, for another node; only if it is good and not too large. */
    synchronized Answer whole() {
        if (!head.more()) {
            return head;
        }
        var all = Buffer.buffer();
        pieces.forEach(all::appendBuffer);
        return new Answer(head.status(), head.contentType(), all, true, null, head.headers());
    }

    /** The head of the stream that this answer opens. */
    static Answer streamHead(Answer first) {
        return new Answer(first.status(), first.contentType(), NOTHING, true, null, first.headers());
    }
}
