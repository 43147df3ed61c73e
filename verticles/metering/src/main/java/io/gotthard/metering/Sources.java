package io.gotthard.metering;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/** The sources of charges that were needed lately. Safe to be called from any thread; never waits for the database. */
final class Sources {

    /** Some 200 bytes each. One that is forgotten costs a look-up in the database when it is needed again. */
    private static final int REMEMBERED = 200_000;

    private final Cache<Source.Words, Source> known =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();

    /**
     * The source with these words, of what was asked for and may be answered anywhere: the same one each time, as long as it is
     * remembered.
     *
     * @param upstream empty if it is not known yet
     * @param price the price's id, or 0 if there is none
     * @param payer the ledger account that pays
     */
    Source of(
            String keyId,
            String account,
            String tenant,
            String model,
            String upstream,
            String operation,
            long price,
            int payer) {
        return of(new Source.Words(keyId, account, tenant, model, upstream, operation, price, payer, "", "", ""));
    }

    Source of(Source.Words words) {
        return known.get(words, Source::new);
    }
}
