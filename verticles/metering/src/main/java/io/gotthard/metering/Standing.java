package io.gotthard.metering;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Candidate;
import io.gotthard.contracts.Demand;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Supplier;

/**
 * A caller as admission has to know them: who pays, and what limits them. Remembered, so that a request costs a look-up and not a
 * question to the database.
 */
final class Standing {

    /** Of so many combinations of model, operation and price the terms are remembered. */
    private static final int MOST_TERMS = 16;

    private static final Terms[] NONE = {};
    private static final AtomicIntegerFieldUpdater<Standing> REFRESHING =
            AtomicIntegerFieldUpdater.newUpdater(Standing.class, "refreshing");

    /**
     * What holds for one model.
     *
     * @param price the price's id
     * @param source what charges are for
     * @param from the bounds that these limits are of
     * @param limits what limits its requests
     * @param promptness of the upstream
     */
    record Terms(
            String model,
            String operation,
            String upstream,
            long price,
            Source source,
            Bounds from,
            List<Bound> limits,
            Promptness promptness) {

        private boolean fits(Demand demand, long priceId, Bounds bounds) {
            return price == priceId
                    && from == bounds
                    && model.equals(demand.model())
                    && operation.equals(demand.operation())
                    && upstream.equals(demand.most().upstream())
                    && source.words().policy().equals(demand.policy());
        }
    }

    private final Wallet wallet;
    private final List<String> roles;
    private volatile Bounds bounds;
    private volatile int refreshing;
    private volatile Terms[] terms = NONE;

    /**
     * A caller's standing.
     *
     * @param wallet what pays for them
     * @param roles those that the bounds are for
     * @param bounds what limits them
     */
    Standing(Wallet wallet, List<String> roles, Bounds bounds) {
        this.wallet = wallet;
        this.roles = roles;
        this.bounds = bounds;
    }

    /** What pays. */
    Wallet wallet() {
        return wallet;
    }

    /** Whether it still says who pays and what limits a caller with these roles. */
    boolean isOf(Caller caller) {
        return !wallet.isGone() && (roles == caller.roles() || roles.equals(caller.roles()));
    }

    /** What limits them. */
    Bounds bounds() {
        return bounds;
    }

    /** Other limits hold from when they are known; they are asked for once at a time. */
    void refresh(Supplier<Future<Bounds>> current) {
        if (refreshing == 0 && REFRESHING.compareAndSet(this, 0, 1)) {
            current.get().onSuccess(fresh -> bounds = fresh).onComplete(known -> refreshing = 0);
        }
    }

    /**
     * What is known to hold for a demand; null if that has to be made.
     *
     * @param price the id of the price, or 0 if it is free
     */
    Terms terms(Demand demand, long price) {
        var current = bounds;
        for (var candidate : terms) {
            if (candidate.fits(demand, price, current)) {
                return candidate;
            }
        }
        return null;
    }

    /** What holds for a demand. */
    Terms makeTerms(Demand demand, long price, Sources sources, Promptness promptness) {
        var current = bounds;
        var upstream = demand.most().upstream();
        var source = source(demand, upstream, price, sources);
        return new Terms(
                demand.model(),
                demand.operation(),
                upstream,
                price,
                source,
                current,
                current.of(demand.model()),
                promptness);
    }

    /** These will be asked for again. */
    void remember(Terms made) {
        var known = terms;
        var more = Arrays.copyOf(known, Math.min(known.length + 1, MOST_TERMS));
        System.arraycopy(known, 0, more, 1, more.length - 1);
        more[0] = made;
        terms = more;
    }

    /** The same source for what answered, at its price. */
    static Source of(Candidate answered, long price, Source source, Sources sources) {
        var words = source.words();
        boolean same = words.model().equals(answered.model());
        return same
                        && words.upstream().equals(answered.upstream())
                        && words.price() == price
                        && words.region().equals(region(answered))
                ? source
                : sources.of(new Source.Words(
                        words.keyId(),
                        words.account(),
                        words.tenant(),
                        answered.model(),
                        answered.upstream(),
                        words.operation(),
                        price,
                        words.payer(),
                        same ? "" : words.model(),
                        region(answered),
                        words.policy()));
    }

    private static String region(Candidate candidate) {
        return candidate.region() == null ? "" : candidate.region();
    }

    private Source source(Demand demand, String upstream, long price, Sources sources) {
        var caller = demand.caller();
        return sources.of(new Source.Words(
                key(caller.keyId()),
                caller.account(),
                caller.tenant(),
                demand.model(),
                upstream,
                demand.operation(),
                price,
                wallet.id(),
                "",
                region(demand.candidates().getFirst()),
                demand.policy()));
    }

    /** Tokens and sessions come by the thousand and mean nothing once they are over; keys are few and have names. */
    private static String key(String id) {
        return id.startsWith("tok_") ? "token" : id.startsWith("ses_") ? "session" : id;
    }
}
