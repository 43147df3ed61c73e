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
     * @param upstream the upstream that answered; empty if that is not known yet, as in a reservation
     * @param price the price's id, or 0 if it is free of charge
     * @param payer the ledger account that pays
     */
    record Words(
            String keyId,
            String account,
            String tenant,
            String model,
            String upstream,
            String operation,
            long price,
            int payer) {}

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
