package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.gotthard.metering.Limit.Metric;
import io.gotthard.metering.Limit.Subject;
import java.util.List;
import java.util.Locale;

/** What clients are told whose request a limit does not allow. */
final class Refusals {

    /** Nobody knows when a request that is under way ends; this is how often to ask. */
    static final long CONCURRENT_WAIT = 1_000_000_000L;

    /** It does not become possible by waiting. */
    static final long NEVER = Long.MAX_VALUE;

    private static final long MILLI = 1_000_000;

    private Refusals() {}

    /**
     * A refusal.
     *
     * @param bounds what holds for the request
     * @param waits for each of them the nanoseconds to wait: 0 if it allows the request, or {@link #NEVER}
     * @param standing for each of them, at twice its index, when all will be refilled; for what is concurrent, how many there are
     */
    static Failure of(List<Bound> bounds, long[] waits, long[] standing, long tokens, long money, long now) {
        int worst = 0;
        for (int i = 0; i < waits.length; i++) {
            if (bounds.get(i).limit().metric() == Metric.MONEY && waits[i] > 0) {
                return Failure.insufficientQuota(exhausted(bounds.get(i).limit(), waits[i]));
            }
            if (waits[i] > waits[worst]) {
                worst = i;
            }
        }
        var bound = bounds.get(worst);
        var limit = bound.limit();
        var headers = RateHeaders.of(bounds, standing, now, null, null);
        var type = limit.metric() == Metric.TOKENS ? "tokens" : "requests";
        if (waits[worst] == NEVER) {
            return new Failure(429, type, "rate_limit_exceeded", null, tooLarge(limit, bound.units(tokens, money)), -1)
                    .with(RateHeaders.of(bounds, standing, now, "x-should-retry", "false"));
        }
        long millis = Math.ceilDiv(waits[worst], MILLI);
        var used = bound.isConcurrent() ? standing[2 * worst] : limit.amount() - limit.left(standing[2 * worst] - now);
        var message = "Rate limit reached: " + described(limit) + ". Used " + used + ", requested "
                + bound.units(tokens, money) + ". Please try again in " + RateHeaders.duration(millis * MILLI) + ".";
        return new Failure(429, type, "rate_limit_exceeded", null, message, millis).with(headers);
    }

    /** 503: a limit that has to be counted with the other nodes, while they can't. */
    static Failure uncounted(Limit limit) {
        return Failure.unavailable("The limit " + limit.name() + " can't be checked at the moment.");
    }

    private static String exhausted(Limit limit, long wait) {
        return "The budget " + limit.name() + " of " + Money.text(limit.amount()) + " per " + word(limit.period())
                + forWhom(limit) + " is used up"
                + (wait == NEVER
                        ? "."
                        : "; as much as this request needs is there again in " + RateHeaders.duration(wait) + ".");
    }

    private static String tooLarge(Limit limit, long units) {
        return "Request too large: " + described(limit) + ", requested " + units + ".";
    }

    private static String described(Limit limit) {
        return limit.name() + " allows " + limit.amount()
                + switch (limit.metric()) {
                    case REQUESTS -> " requests";
                    case TOKENS -> " tokens";
                    default -> " requests at the same time";
                }
                + (limit.period() == null ? "" : " per " + word(limit.period()))
                + forWhom(limit);
    }

    private static String forWhom(Limit limit) {
        return (limit.subject() == Subject.EVERYONE ? "" : " for this " + word(limit.subject()))
                + (limit.model().equals(Limit.ANY_MODEL) ? "" : " on " + limit.model());
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
