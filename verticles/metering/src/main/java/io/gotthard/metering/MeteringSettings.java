package io.gotthard.metering;

import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
import io.gotthard.kit.Size;
import java.time.Duration;

/**
 * How requests are metered.
 *
 * @param enabled whether they are; without, nothing is counted, limited or charged
 * @param currency the currency of all amounts, as in ISO 4217
 * @param unpriced what happens to requests for a model that has no price; whichever it is, it is an alarm
 * @param unknown what is charged for a request of which nobody can say what it consumed, because its node died
 * @param pace how long reservations are gathered before they are written together
 * @param fold how old balances and usage may be
 * @param commitTimeout how long an answer waits for its reservation before the client is told 503
 * @param spool how much is kept on disk at most while the database is away
 * @param webhookSecret what payments are signed with, or null if there is no payment provider
 */
public record MeteringSettings(
        @Default("true") boolean enabled,
        @Default("CHF") String currency,
        @Default("refuse") Unpriced unpriced,
        @Default("input") Unknown unknown,
        @Default("3ms") Duration pace,
        @Default("5s") Duration fold,
        @Default("2s") Duration commitTimeout,
        @Default("256MB") Size spool,
        @Absent String webhookSecret) {

    /** What a model without a price means. */
    public enum Unpriced {
        /** 503: the operator has to give it one. */
        REFUSE,
        /** It is free, and recorded as such. */
        FREE
    }

    /** What a request costs whose consumption is not known. */
    public enum Unknown {
        /** What its input cost at most: the upstream has got it. */
        INPUT,
        /** Nothing. */
        NOTHING,
        /** All that was reserved. */
        RESERVED
    }

    /** Checks what no type says. */
    public MeteringSettings {
        if (!currency.matches("[A-Z]{3}")) {
            throw new IllegalArgumentException("currency must be three letters, as in CHF");
        }
        if (pace.isNegative() || fold.toMillis() < 100 || commitTimeout.toMillis() < 100) {
            throw new IllegalArgumentException("pace can't be negative; fold and commit_timeout are at least 100ms");
        }
    }
}
