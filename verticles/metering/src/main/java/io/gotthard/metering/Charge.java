package io.gotthard.metering;

import io.gotthard.contracts.Outcome;
import io.gotthard.contracts.Usage;
import io.vertx.core.json.JsonObject;

/**
 * How an admitted request ended: there is exactly one for each.
 *
 * @param source whom and what it is for, with the upstream that answered and the price
 * @param durationMillis from the admission to the end
 * @param firstTokenMillis from the admission to the first content of the answer; -1 if there was none
 * @param prompt tokens, as all counts that follow: see {@link Usage}
 * @param media what was consumed besides tokens, or null
 * @param amount nanos that the payer pays, at least 0
 * @param writtenOff nanos that it cost beyond what the payer had, at least 0
 */
record Charge(
        Reservation reservation,
        Source source,
        End end,
        Usage.Source counted,
        int attempts,
        int durationMillis,
        int firstTokenMillis,
        long prompt,
        long completion,
        long cached,
        long reasoning,
        Usage.Media media,
        long amount,
        long writtenOff) {

    /** The ends; the database has their numbers. */
    enum End {
        /** The client got something, and this is what it cost. */
        SETTLED(1),
        /** The client got nothing, which costs nothing. */
        RELEASED(2),
        /** Nobody can say: the process died. It costs what was agreed upon for that. */
        UNKNOWN(3);

        final short number;

        End(int number) {
            this.number = (short) number;
        }

        /** The one with this number in the ledger. */
        static End of(int number) {
            return values()[number - 1];
        }
    }

    /** @throws IllegalArgumentException if a number is negative */
    Charge {
        if ((amount | writtenOff | prompt | completion | cached | reasoning | attempts | durationMillis) < 0) {
            throw new IllegalArgumentException("a charge has no negative numbers");
        }
    }

    /**
     * The charge of an ended request.
     *
     * @param source with the upstream that answered; the reservation's own if none did
     * @param durationNanos from the admission to now
     * @param amount what the payer pays, in nanos; 0 if the outcome has no usage
     */
    static Charge of(
            Reservation reservation, Source source, Outcome outcome, long durationNanos, long amount, long writtenOff) {
        var usage = outcome.usage();
        if (usage == null) {
            return released(reservation, outcome.attempts(), durationNanos);
        }
        return new Charge(
                reservation,
                source,
                End.SETTLED,
                usage.source(),
                small(outcome.attempts()),
                millis(durationNanos),
                outcome.firstTokenNanos() > 0 ? millis(outcome.firstTokenNanos()) : -1,
                usage.promptTokens(),
                usage.completionTokens(),
                usage.cachedTokens(),
                usage.reasoningTokens(),
                usage.media(),
                amount,
                writtenOff);
    }

    /** The charge of a request that consumed nothing. */
    static Charge released(Reservation reservation, int attempts, long durationNanos) {
        return new Charge(
                reservation,
                reservation.source(),
                End.RELEASED,
                Usage.Source.NONE,
                small(attempts),
                millis(durationNanos),
                -1,
                0,
                0,
                0,
                0,
                null,
                0,
                0);
    }

    /** The end, who counted, and the attempts, as the database takes them: 4 bits, 4 bits, and the rest. */
    int endCountedAttempts() {
        int who = switch (counted) {
            case REPORTED -> 0;
            case COUNTED -> 1;
            case ESTIMATED -> 2;
            case NONE -> 3;
        };
        return end.number | who << 4 | attempts << 8;
    }

    /** As the database has it: {@code images}, {@code size}, {@code quality}, {@code audio_ms}, {@code characters}. */
    static JsonObject json(Usage.Media media) {
        return new JsonObject()
                .put("images", media.images())
                .put("size", media.size())
                .put("quality", media.quality())
                .put("audio_ms", media.audioMillis())
                .put("characters", media.characters());
    }

    private static int millis(long nanos) {
        return Math.clamp(nanos / 1_000_000, 0, Integer.MAX_VALUE);
    }

    private static int small(int attempts) {
        return Math.clamp(attempts, 0, Short.MAX_VALUE);
    }
}
