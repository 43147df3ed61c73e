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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Decides on requests, in this order: who asks, what it costs, whether the limits allow it, whether the ledger can be written, whether
 * there is money. What was taken before a refusal is given back. If everything is known already, nothing here waits.
 *
 * <p>Safe to be used from any event loop.
 */
final class Admissions {

    private final MeteringSettings settings;
    private final Standings standings;
    private final Tariffs tariffs;
    private final Limiter limiter;
    private final Journal journal;
    private final GenAiMetrics metrics;
    private final ConcurrentMap<String, Promptness> promptness = new ConcurrentHashMap<>();

    Admissions(
            MeteringSettings settings,
            Standings standings,
            Tariffs tariffs,
            Limiter limiter,
            Journal journal,
            GenAiMetrics metrics) {
        this.settings = settings;
        this.standings = standings;
        this.tariffs = tariffs;
        this.limiter = limiter;
        this.journal = journal;
        this.metrics = metrics;
    }

    Journal journal() {
        return journal;
    }

    GenAiMetrics metrics() {
        return metrics;
    }

    Tariffs tariffs() {
        return tariffs;
    }

    /** As {@link io.gotthard.contracts.Meter#admit} promises. */
    Future<Admission> admit(Demand demand) {
        var standing = standings.known(demand.caller());
        return standing == null
                ? standings.of(demand.caller()).compose(found -> admit(demand, found), this::refuse)
                : admit(demand, standing);
    }

    private Future<Admission> admit(Demand demand, Standing standing) {
        var prices = tariffs.of(demand);
        if (prices == null) {
            return refuse(Failure.unavailable(
                    "The model '" + demand.model() + "' has no price yet. Ask the administrator to give it one."));
        }
        var terms = standing.terms(demand, prices[0].id());
        return terms == null ? prepare(demand, standing, prices) : take(demand, standing, prices, terms);
    }

    /** The first time, what was used of the limits before may have to be found out. */
    private Future<Admission> prepare(Demand demand, Standing standing, Price[] prices) {
        var terms = standing.makeTerms(demand, prices[0].id(), journal.sources(), promptness(demand));
        return here(limiter.prepare(terms.limits()))
                .compose(
                        ready -> {
                            standing.remember(terms);
                            return take(demand, standing, prices, terms);
                        },
                        cause -> refuse(unavailable()));
    }

    private Future<Admission> take(Demand demand, Standing standing, Price[] prices, Terms terms) {
        long reserved = Tariffs.dearest(demand, prices);
        var taken = limiter.take(terms.limits(), tokens(demand.likely()), reserved, limiter.now());
        if (taken.refusal() != null) {
            return refuse(taken.refusal());
        }
        var request =
                new Request(demand, standing.wallet(), prices, reserved, terms.source(), taken, terms.promptness());
        if (taken.near() && !taken.agreed().succeeded()) {
            return here(taken.agreed()).compose(agreed -> reserve(request), this::refuse);
        }
        return reserve(request);
    }

    /** Upstreams are as many as the configuration has; models may be named by anyone. */
    private Promptness promptness(Demand demand) {
        return promptness.computeIfAbsent(
                demand.most().upstream() + ' ' + demand.operation(), first -> new Promptness());
    }

    /**
     * A request that the limits allow.
     *
     * @param prices of each candidate
     * @param reserved what it costs at the very most, in nanos
     * @param promptness of the upstream
     */
    record Request(
            Demand demand,
            Wallet wallet,
            Price[] prices,
            long reserved,
            Source source,
            Taken taken,
            Promptness promptness) {

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
        long now = System.nanoTime();
        var reservation = new Reservation(
                journal.nextSeq(),
                request.demand.call().requestId(),
                request.source,
                request.reserved,
                unknown(request),
                micros(),
                grace,
                now + request.promptness.patience());
        var ticket = new Ticket(this, request, reservation, covered, now);
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
            long cost = tariffs.most(demand);
            var bounds = standing.bounds().of(demand.model());
            var nearest = limiter.nearest(bounds, tokens(demand.likely()), cost, limiter.now());
            var quote = Quote.json(demand, tariffs.shown(demand), nearest, settings);
            return standings.payer(demand.caller(), standing.wallet(), cost).map(payer -> quote.put("wallet", payer));
        });
    }
}
