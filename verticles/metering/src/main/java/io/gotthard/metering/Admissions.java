package io.gotthard.metering;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Candidate;
import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.gotthard.metering.MeteringSettings.Unknown;
import io.gotthard.metering.Standing.Terms;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Objects;

/**
 * Decides on requests, in this order: who asks, what it costs, whether the limits allow it, whether the ledger can be written, whether
 * there is money. What was taken before a refusal is given back. If everything is known already, nothing here waits.
 *
 * <p>Safe to be used from any event loop.
 */
final class Admissions {

    private static final Usage MILLIONS = Usage.counted("", "", Usage.Source.NONE, 1_000_000, 1_000_000);

    private final MeteringSettings settings;
    private final Standings standings;
    private final Prices prices;
    private final Limiter limiter;
    private final Journal journal;
    private final GenAiMetrics metrics;
    private final Unpriced unpriced;

    Admissions(
            MeteringSettings settings,
            Standings standings,
            Prices prices,
            Limiter limiter,
            Journal journal,
            GenAiMetrics metrics,
            Unpriced unpriced) {
        this.settings = settings;
        this.standings = standings;
        this.prices = prices;
        this.limiter = limiter;
        this.journal = journal;
        this.metrics = metrics;
        this.unpriced = unpriced;
    }

    Journal journal() {
        return journal;
    }

    GenAiMetrics metrics() {
        return metrics;
    }

    /** A request has cost nothing: an alarm, if that is because its price states nothing for what it consumed after all. */
    void free(Request request, Price price, Usage usage) {
        var rates = price.rates();
        if (rates.covers(request.demand.most()) && !rates.covers(usage)) {
            unpriced.alarm(usage.model(), "free");
        }
    }

    /** As {@link io.gotthard.contracts.Meter#admit} promises. */
    Future<Admission> admit(Demand demand) {
        var standing = standings.known(demand.caller());
        return standing == null
                ? standings.of(demand.caller()).compose(found -> admit(demand, found), this::refuse)
                : admit(demand, standing);
    }

    private Future<Admission> admit(Demand demand, Standing standing) {
        var prices = prices(demand);
        if (prices == null) {
            return refuse(Failure.unavailable(
                    "The model '" + demand.model() + "' has no price yet. Ask the administrator to give it one."));
        }
        var terms = standing.terms(demand, prices[0].id());
        return terms == null ? prepare(demand, standing, prices) : take(demand, standing, prices, terms);
    }

    /** The first time, what was used of the limits before may have to be found out. */
    private Future<Admission> prepare(Demand demand, Standing standing, Price[] prices) {
        var terms = standing.makeTerms(demand, prices[0].id(), journal.sources());
        return here(limiter.prepare(terms.limits()))
                .compose(
                        ready -> {
                            standing.remember(terms);
                            return take(demand, standing, prices, terms);
                        },
                        cause -> refuse(unavailable()));
    }

    private Future<Admission> take(Demand demand, Standing standing, Price[] prices, Terms terms) {
        long reserved = dearest(demand, prices);
        var taken = limiter.take(terms.limits(), tokens(demand.likely()), reserved, limiter.now());
        if (taken.refusal() != null) {
            return refuse(taken.refusal());
        }
        var request = new Request(demand, standing.wallet(), prices, reserved, terms.source(), taken);
        if (taken.near() && !taken.agreed().succeeded()) {
            return here(taken.agreed()).compose(agreed -> reserve(request), this::refuse);
        }
        return reserve(request);
    }

    /**
     * The prices of now, one for each candidate; null if the first has none for what is asked, and that is not allowed. Who has none and
     * may only stand in for the first costs what that costs.
     */
    private Price[] prices(Demand demand) {
        long now = System.currentTimeMillis();
        var candidates = demand.candidates();
        var first = price(candidates.getFirst(), demand, now);
        var all = new Price[candidates.size()];
        all[0] = first == null ? unpriced(demand) : first;
        if (all[0] == null) {
            return null;
        }
        for (int i = 1; i < all.length; i++) {
            var price = price(candidates.get(i), demand, now);
            all[i] = price == null ? all[0] : price;
        }
        return all;
    }

    private Price price(Candidate candidate, Demand demand, long now) {
        var names = candidate.priced();
        for (int i = 0; i < names.size(); i++) {
            var price = prices.at(names.get(i), now);
            if (price != null && price.charges(demand.most())) {
                return price;
            }
        }
        return null;
    }

    /** As {@link io.gotthard.contracts.Meter#rate} promises. */
    double rate(Candidate candidate) {
        long now = System.currentTimeMillis();
        return candidate.priced().stream()
                .map(name -> prices.at(name, now))
                .filter(Objects::nonNull)
                .mapToDouble(price -> price.cost(MILLIONS))
                .findFirst()
                .orElse(Double.NaN);
    }

    /** What the demand costs at the very most, whoever answers. */
    private static long dearest(Demand demand, Price[] prices) {
        long most = prices[0].cost(demand.most());
        for (int i = 1; i < prices.length; i++) {
            most = prices[i] == prices[i - 1] ? most : Math.max(most, prices[i].cost(demand.most()));
        }
        return most;
    }

    private Price unpriced(Demand demand) {
        boolean free = settings.unpriced() == MeteringSettings.Unpriced.FREE;
        unpriced.alarm(demand.model(), free ? "free" : "refused");
        return free ? Price.free(demand.model()) : null;
    }

    /**
     * A request that the limits allow.
     *
     * @param prices of each candidate
     * @param reserved what it costs at the very most, in nanos
     */
    record Request(Demand demand, Wallet wallet, Price[] prices, long reserved, Source source, Taken taken) {

        /** What it costs if this candidate answered; null stands for the first. */
        Price price(Candidate answered) {
            int index = answered == null ? 0 : demand.candidates().indexOf(answered);
            return prices[Math.max(0, index)];
        }
    }

    private Future<Admission> reserve(Request request) {
        var wallet = request.wallet;
        boolean away = journal.isAway();
        boolean grace = wallet.hasGrace() && wallet.reserveGrace(request.reserved, away);
        if (away && !grace) {
            return refuse(request, false, unavailable());
        }
        long left = wallet.reserve(request.reserved);
        if (left != Wallet.SHORT) {
            if (wallet.isPrepaid()) {
                wallet.lease().left(left);
            }
            return Future.succeededFuture(admitted(request, grace, request.reserved));
        }
        if (away) {
            // Nothing can be leased: that is what grace is for.
            return Future.succeededFuture(admitted(request, true, wallet.reserveUpTo(request.reserved)));
        }
        return wallet.lease()
                .reserve(request.reserved)
                .compose(
                        reserved -> Future.succeededFuture(admitted(request, grace, request.reserved)),
                        cause -> refuse(request, grace, cause));
    }

    private static Failure unavailable() {
        return Failure.unavailable("Requests can't be charged at the moment. Try again later.");
    }

    /** @param covered what was taken from the wallet for it; less than is reserved only on grace */
    private Admission admitted(Request request, boolean grace, long covered) {
        var reservation = new Reservation(
                journal.nextSeq(),
                request.demand.call().requestId(),
                request.source,
                request.reserved,
                unknown(request),
                micros(),
                grace);
        var ticket = new Ticket(this, request, reservation, covered, System.nanoTime());
        journal.reserve(reservation, Vertx.currentContext(), ticket);
        return ticket;
    }

    private static long micros() {
        var now = Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    }

    private long unknown(Request request) {
        var policy = settings.unknown();
        return policy == Unknown.NOTHING
                ? 0
                : policy == Unknown.RESERVED
                        ? request.reserved
                        : Math.min(request.reserved, request.prices[0].input(request.demand.most()));
    }

    private Future<Admission> refuse(Request request, boolean grace, Throwable cause) {
        if (grace) {
            request.wallet.giveBackGrace(request.reserved);
        }
        request.taken.release();
        return refuse(cause);
    }

    private Future<Admission> refuse(Throwable cause) {
        metrics.refused(Failure.of(cause));
        return Future.failedFuture(cause);
    }

    static long tokens(Usage usage) {
        return usage.promptTokens() + usage.completionTokens();
    }

    /** What may complete elsewhere, on this context. */
    static <T> Future<T> here(Future<T> future) {
        var context = Vertx.currentContext();
        if (future.isComplete()) {
            return future.succeeded() ? Future.succeededFuture(future.result()) : Future.failedFuture(future.cause());
        }
        if (context == null) {
            return future;
        }
        var promise = Promise.<T>promise();
        future.onComplete(result -> context.runOnContext(now -> promise.handle(result)));
        return promise.future();
    }

    /** As {@link io.gotthard.contracts.Meter#explain} promises. */
    Future<JsonObject> explain(Demand demand) {
        return standings.of(demand.caller()).compose(standing -> {
            long now = System.currentTimeMillis();
            var priced = demand.candidates().stream()
                    .map(candidate -> price(candidate, demand, now))
                    .toList();
            // One that says nothing of what is asked is shown, too.
            var price = priced.getFirst() == null ? prices.at(demand.model(), now) : priced.getFirst();
            long cost = priced.stream()
                    .filter(Objects::nonNull)
                    .mapToLong(one -> one.cost(demand.most()))
                    .max()
                    .orElse(0);
            var bounds = standing.bounds().of(demand.model());
            var nearest = limiter.nearest(bounds, tokens(demand.likely()), cost, limiter.now());
            var quote = Quote.json(demand, price, nearest, settings);
            return standings.payer(demand.caller(), standing.wallet(), cost).map(payer -> quote.put("wallet", payer));
        });
    }
}
