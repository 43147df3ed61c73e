package io.gotthard.metering;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * Money that is kept for a request until it is known what it cost. It ends in exactly one charge: the request's own, or, if the journal
 * had to refuse it, one that releases it.
 */
final class Reservation {

    private static final AtomicIntegerFieldUpdater<Reservation> END =
            AtomicIntegerFieldUpdater.newUpdater(Reservation.class, "end");
    private static final int CHARGED = 1;
    private static final int REFUSED = 2;

    private final long seq;
    private final String requestId;
    private final Source source;
    private final long reserved;
    private final long unknown;
    private final long startedMicros;
    private final boolean grace;

    private volatile int end;
    // The batches that it and its charge are written with, or null; the journal's writer alone looks at them.
    Batch batch;
    Batch charged;

    /**
     * @param seq {@link Journal#nextSeq}
     * @param source whom it is for; its upstream may be empty
     * @param reserved nanos, at least 0
     * @param unknown nanos that are charged if nobody ever says what the request consumed; 0 to {@code reserved}
     * @param startedMicros when it was admitted, in microseconds since 1970
     * @param grace whether it may go on while the database is away
     */
    Reservation(
            long seq, String requestId, Source source, long reserved, long unknown, long startedMicros, boolean grace) {
        if (reserved < 0 || unknown < 0 || unknown > reserved) {
            throw new IllegalArgumentException("reserved " + reserved + ", of which " + unknown + " if unknown");
        }
        this.seq = seq;
        this.requestId = requestId;
        this.source = source;
        this.reserved = reserved;
        this.unknown = unknown;
        this.startedMicros = startedMicros;
        this.grace = grace;
    }

    long seq() {
        return seq;
    }

    String requestId() {
        return requestId;
    }

    Source source() {
        return source;
    }

    /** Nanos. */
    long reserved() {
        return reserved;
    }

    /** Nanos that are charged if nobody ever says what the request consumed. */
    long unknown() {
        return unknown;
    }

    /** When it was admitted, in microseconds since 1970. */
    long startedMicros() {
        return startedMicros;
    }

    /** Whether it may go on while the database is away. */
    boolean grace() {
        return grace;
    }

    /** @return whether the request's own charge is its end: false if it was refused before, or charged already */
    boolean charged() {
        return END.compareAndSet(this, 0, CHARGED);
    }

    /** @return whether this refused it: false if it was charged before, or refused already */
    boolean refused() {
        return END.compareAndSet(this, 0, REFUSED);
    }

    /** Whether it is neither charged nor refused. */
    boolean isOpen() {
        return end == 0;
    }

    boolean isRefused() {
        return end == REFUSED;
    }
}
