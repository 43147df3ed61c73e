package io.gotthard.models.provider;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.function.IntConsumer;

/** The strings and numbers in what {@link DemoSchema} makes. */
final class DemoLeaf {

    private static final int MOST_CHARACTERS = 16_384;
    private static final int MOST_TRIES = 100;

    private DemoLeaf() {}

    /** A whole number of a schema, zero at least. */
    static int limit(Map<String, Object> schema, String keyword, int otherwise) {
        return schema.get(keyword) instanceof Number number ? (int) Math.max(0, number.doubleValue()) : otherwise;
    }

    /** The greater of two numbers; what is no number is no bound. */
    static Object greater(Object one, Object two) {
        return two instanceof Number second && !(one instanceof Number first && compare(first, second) >= 0)
                ? two
                : one;
    }

    /** The lesser of two numbers; what is no number is no bound. */
    static Object lesser(Object one, Object two) {
        return two instanceof Number second && !(one instanceof Number first && compare(first, second) <= 0)
                ? two
                : one;
    }

    private static int compare(Number one, Number two) {
        return Double.compare(one.doubleValue(), two.doubleValue());
    }

    /** A string that obeys {@code format}, or else {@code pattern}, and the limits on its length. */
    static String string(Map<String, Object> schema, String name, int turn, IntConsumer spend) {
        int least = limit(schema, "minLength", 0);
        int most = limit(schema, "maxLength", MOST_CHARACTERS);
        if (least > most) {
            throw new DemoSchema.Impossible("no string is that long");
        }
        spend.accept(Math.max(1, least));
        String text = null;
        if (schema.get("pattern") instanceof String pattern) {
            spend.accept(pattern.length());
            text = DemoPattern.example(pattern, least);
        } else if (schema.get("format") instanceof String format) {
            text = formatted(format, turn);
        }
        if (text != null) {
            int length = text.codePointCount(0, text.length());
            if (length < least || length > most) {
                throw new DemoSchema.Impossible("'pattern' or 'format' do not go with the length");
            }
            return text;
        }
        var plain = DemoText.shortened(turn == 0 ? "demo " + name : "demo " + name + " " + (turn + 1))
                .strip();
        plain = plain + ".".repeat(Math.max(0, least - plain.codePointCount(0, plain.length())));
        return plain.substring(0, plain.offsetByCodePoints(0, Math.min(most, plain.codePointCount(0, plain.length()))));
    }

    /** A value of a well-known format that differs from turn to turn; null for others, which validators ignore as well. */
    private static String formatted(String format, int turn) {
        int day = 1 + turn % 28;
        int year = 2026 + turn / 28 % 1000;
        var date = "%04d-01-%02d".formatted(year, day);
        return switch (format) {
            case "date" -> date;
            case "date-time" -> date + "T12:00:00Z";
            case "time" -> "12:%02d:%02dZ".formatted(turn / 60 % 60, turn % 60);
            case "duration" -> "PT" + (turn + 1) + "H";
            case "email" -> "demo" + turn + "@example.com";
            case "hostname" -> "demo" + turn + ".example.com";
            case "uri", "uri-reference", "iri" -> "https://example.com/demo/" + turn;
            case "ipv4" -> "192.0.2." + turn % 256;
            case "ipv6" -> "2001:db8::" + Integer.toHexString(1 + turn % 0xffff);
            case "uuid" -> "00000000-0000-4000-8000-%012x".formatted(turn);
            default -> null;
        };
    }

    /** A number that obeys the limits and {@code multipleOf}: near 1 if it may, and another one from turn to turn. */
    static Number number(Map<String, Object> schema, boolean whole, int turn) {
        var low = decimal(schema.get("minimum"));
        var high = decimal(schema.get("maximum"));
        // An exclusive limit is a number, or in older schemas says of the other limit that it is exclusive.
        var above = Boolean.TRUE.equals(schema.get("exclusiveMinimum")) ? low : decimal(schema.get("exclusiveMinimum"));
        var below =
                Boolean.TRUE.equals(schema.get("exclusiveMaximum")) ? high : decimal(schema.get("exclusiveMaximum"));
        var least = (BigDecimal) greater(low, above);
        var most = (BigDecimal) lesser(high, below);
        var multiple = decimal(schema.get("multipleOf"));
        var step = multiple != null && multiple.signum() > 0 ? multiple : stepBetween(least, most, whole);
        var at = least != null ? least : most == null ? BigDecimal.ONE : most.min(BigDecimal.ONE);
        if (multiple != null || whole) {
            at = at.divide(step, 0, least == null ? RoundingMode.FLOOR : RoundingMode.CEILING)
                    .multiply(step);
        }
        int skipped = turn;
        if (least == null && most != null) {
            // There may be no room above, so later turns are below.
            at = at.subtract(step.multiply(BigDecimal.valueOf(turn + 1L)));
            skipped = 0;
        }
        for (int seen = 0, tries = 0; tries < MOST_TRIES + 2 * turn; tries++, at = at.add(step)) {
            boolean fits = (low == null || at.compareTo(low) >= 0)
                    && (high == null || at.compareTo(high) <= 0)
                    && (above == null || at.compareTo(above) > 0)
                    && (below == null || at.compareTo(below) < 0)
                    && (!whole || at.stripTrailingZeros().scale() <= 0);
            if (fits && seen++ == skipped) {
                return plain(at);
            }
        }
        throw new DemoSchema.Impossible("no number is within the limits");
    }

    /** Whole numbers where there is room for them, else parts of what is between the limits. */
    private static BigDecimal stepBetween(BigDecimal least, BigDecimal most, boolean whole) {
        boolean narrow = least != null && most != null && most.subtract(least).compareTo(BigDecimal.TEN) < 0;
        if (whole || !narrow || least.compareTo(most) >= 0) {
            return BigDecimal.ONE;
        }
        var range = most.subtract(least);
        return BigDecimal.ONE.scaleByPowerOfTen(range.precision() - range.scale() - 2);
    }

    private static BigDecimal decimal(Object value) {
        return switch (value) {
            case Double number
            when number.isNaN() || number.isInfinite() -> throw new DemoSchema.Impossible("a number is out of range");
            case Number number -> new BigDecimal(number.toString());
            case null, default -> null;
        };
    }

    private static Number plain(BigDecimal number) {
        var stripped = number.stripTrailingZeros();
        if (stripped.scale() <= 0 && stripped.precision() - stripped.scale() <= 18) {
            return stripped.longValueExact();
        }
        return stripped.scale() <= 0 ? stripped.toBigInteger() : stripped.doubleValue();
    }
}
