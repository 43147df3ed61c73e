package io.gotthard.realtime;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/** Who sits at a socket, and whether they still may. */
final class Presence {

    private static final Duration ASK_AGAIN = Duration.ofMinutes(5);

    private final Identification identification;
    private final String requestId;
    private final String address;
    private final Consumer<Farewell> close;
    private final Runnable rightsChanged;
    private Identity identity;
    private long verified;
    private int doubts;

    /**
     * Of a socket where nobody sits yet.
     *
     * @param close closes the socket
     * @param rightsChanged looks at the rights of what the socket is shown again
     */
    Presence(
            Identification identification,
            String requestId,
            String address,
            Consumer<Farewell> close,
            Runnable rightsChanged) {
        this.identification = identification;
        this.requestId = requestId;
        this.address = address;
        this.close = close;
        this.rightsChanged = rightsChanged;
    }

    /** Who it is, or null if nobody knows yet. */
    Identity identity() {
        return identity;
    }

    /** The id of the request with which the socket was opened. */
    String requestId() {
        return requestId;
    }

    /** The network address at the other end. */
    String address() {
        return address;
    }

    /** Whether it can be them: nobody becomes somebody else. */
    boolean admits(Identity who) {
        return identity == null
                || (identity.caller().account().equals(who.caller().account())
                        && identity.caller().tenant().equals(who.caller().tenant()));
    }

    /** It is them, from now on by this credential. */
    void become(Identity who) {
        boolean sameRights = identity == null || identity.caller().equals(who.caller());
        identity = who;
        verified = System.nanoTime();
        if (!sameRights) {
            rightsChanged.run();
        }
    }

    /** A credential changed; an empty id says that it may be any. */
    void credentialChanged(String id) {
        if (identity != null && identity.credential().concernedBy(id)) {
            doubts++;
            verify().onComplete(done -> doubts--);
        }
    }

    /** Whether something changed on which the credential depends, and it is not known yet what. */
    boolean isInDoubt() {
        return doubts > 0;
    }

    /** Looks after what time brings. */
    void tick(long now, Instant today) {
        if (identity != null && identity.hasExpired(today)) {
            close.accept(Farewell.UNAUTHORIZED);
        } else if (identity != null && now - verified > ASK_AGAIN.toNanos()) {
            // Changes are announced; this is for announcements that got lost.
            verify();
        }
    }

    private Future<Identity> verify() {
        var asked = identity;
        verified = System.nanoTime();
        Future<Identity> again = identification.again(asked.credential(), requestId, address);
        return again.onComplete(
                who -> {
                    if (identity == asked) {
                        become(who);
                    }
                },
                cause -> {
                    // Who is known stays known while accounts can't be asked.
                    if (identity == asked && Failure.of(cause).status() == 401) {
                        close.accept(asked.hasExpired(Instant.now()) ? Farewell.UNAUTHORIZED : Farewell.REVOKED);
                    }
                });
    }
}
