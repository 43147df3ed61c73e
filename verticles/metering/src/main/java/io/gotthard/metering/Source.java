package io.gotthard.metering;

/**
 * Whom and what a charge is for: the words that thousands of charges share, so that a charge is but numbers. Made by {@link Sources}.
 *
 * <p>The database's number for it is looked up, or given, by the journal before the first batch that needs it.
 */
final class Source {

    /**
     * The words.
     *
     * @param model the model that answered; in a reservation the one that was asked for
     * @param upstream the upstream that answered, or is asked first
     * @param price the price's id, or 0 if it is free of charge
     * @param payer the ledger account that pays
     * @param asked the model that was asked for, if another one answered; else empty
     * @param region where the upstream is; empty if nobody knows
     * @param policy the regions in which the request may be answered, with commas; empty if that is not limited
     */
    record Words(
            String keyId,
            String account,
            String tenant,
            String model,
            String upstream,
            String operation,
            long price,
            int payer,
            String asked,
            String region,
            String policy) {}

    private final Words words;
    // 0 until the journal knows it. Whoever reads an old value asks the database once more.
    private volatile int id;

    Source(Words words) {
        this.words = words;
    }

    Words words() {
        return words;
    }

    /** Which ledger account pays. */
    int payer() {
        return words.payer;
    }

    /** The database's number, or 0 if that is not known yet. */
    int id() {
        return id;
    }

    void id(int known) {
        id = known;
    }
}
