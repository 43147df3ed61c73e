package io.gotthard.metering;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Amounts as people and clients write them, and as the ledger counts them: whole nanos, billionths of one unit of the currency. */
final class Money {

    private static final int DECIMALS = 9;

    private Money() {}

    /** Such as {@code 12.5}, {@code 0} or {@code -0.000000001}: exact, without an exponent and without zeros at the end. */
    static String text(long nanos) {
        var decimal = BigDecimal.valueOf(nanos, DECIMALS).stripTrailingZeros();
        return decimal.signum() == 0 ? "0" : decimal.toPlainString();
    }

    /**
     * The nanos of a decimal.
     *
     * @throws ArithmeticException if it has more than nine decimals, or is more than can be counted
     */
    static long nanos(BigDecimal decimal) {
        return decimal.setScale(DECIMALS, RoundingMode.UNNECESSARY)
                .unscaledValue()
                .longValueExact();
    }
}
