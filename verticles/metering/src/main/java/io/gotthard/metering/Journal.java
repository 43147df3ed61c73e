package io.gotthard.metering;

import io.gotthard.kit.Database;
import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Makes reservations and charges durable: see {@code docs/decisions/0006-metering.md}. There is one for a process. Its methods may be
 * called from any thread and never wait.
 */
final class Journal {

    private Journal() {}

    /**
     * Takes a place in the folder, clears up after whoever had it before, and begins as a new node.
     *
     * @param data the folder of the process's data; the journal's places are in {@code metering} within
     * @return fails if the database can't be reached
     */
    static Future<Journal> open(Vertx vertx, Database database, Path data, MeteringSettings settings) {
        return Future.failedFuture("not built yet");
    }

    /** The node that this process is at present. Another one if the others took it for dead meanwhile. */
    long node() {
        return 0;
    }

    /**
     * Calls back with the node's new number when the others took this process for dead, while the database could not be reached. Its
     * allowances went back to their wallets: who has some in memory has nothing now. Called on the journal's own context.
     */
    void onNewNode(LongConsumer handler) {}

    /** The sources of charges. */
    Sources sources() {
        return new Sources();
    }

    /** A number for the next reservation: no two have the same. */
    long nextSeq() {
        return 0;
    }

    /**
     * Has a reservation written.
     *
     * @param notify the context to call back on
     * @param durable is told when it is durable; or a {@link io.gotthard.contracts.Failure} with 503, if it can't be: then the
     *     reservation has ended, nothing is charged and {@link #charge} no longer takes anything for it
     */
    void reserve(Reservation reservation, Context notify, Completable<Void> durable) {}

    /**
     * Has a charge written. It comes before every reservation that is handed over after this call returned, so give money back for
     * others to use only then.
     *
     * @return false if the reservation has ended before, by a charge or because it was refused: then this one is not heard
     */
    boolean charge(Charge charge) {
        return charge.reservation().charged();
    }

    /** Brings balances and usage up to date with everything that was handed over before, as far as the database can be reached. */
    Future<Void> fold() {
        return Future.succeededFuture();
    }

    /** Whether the database can't be reached, so that only reservations with grace can become durable. */
    boolean isAway() {
        return false;
    }

    /** How many reservations are durable and not charged. */
    int openReservations() {
        return 0;
    }

    /** How long what is not in the database yet has been waiting for that, in milliseconds; 0 if all is. */
    long lagMillis() {
        return 0;
    }

    /** Writes what there is, gives everything back and ends the node. What is still open is charged as unknown. */
    Future<Void> close() {
        return Future.succeededFuture();
    }
}
