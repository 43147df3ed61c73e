package io.gotthard.realtime;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;

/** A socket, as its subscriptions see it. */
interface Audience {

    /** Who it is. */
    Caller caller();

    /** The id of the request with which it was opened. */
    String requestId();

    /** The network address at its other end. */
    String address();

    /** Whether it has enough to read: it is then shown nothing, until it tells its subscriptions that they may go on. */
    boolean isFull();

    /** Shows an event. */
    void show(Subscription subscription, Line line);

    /** Tells that what comes behind this place comes later, when what was sent is read. */
    void gap(Subscription subscription, long after);

    /** Tells that a subscription that had begun is over, and why; null if all that was wanted of it was shown. */
    void ended(Subscription subscription, Failure why);
}
