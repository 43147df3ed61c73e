package io.gotthard.kit;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, written {@code 64KB} or {@code 32MB} in settings. The units are binary: a KB is 1024 bytes.
 *
 * @param bytes never negative
 */
public record Size(long bytes) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,18})(B|KB|MB|GB)");

    /** @throws IllegalArgumentException if negative */
    public Size {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size cannot be negative");
        }
    }

    /**
     * Reads a whole number directly followed by {@code B}, {@code KB}, {@code MB} or {@code GB}.
     *
     * @throws IllegalArgumentException if the text is anything else, or more bytes than a {@code long} can count
     */
    public static Size parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a size is written like 64KB, 32MB or 2GB");
        }
        long unit = switch (matcher.group(2)) {
            case "KB" -> 1L << 10;
            case "MB" -> 1L << 20;
            case "GB" -> 1L << 30;
            default -> 1L;
        };
        try {
            return new Size(Math.multiplyExact(Long.parseLong(matcher.group(1)), unit));
        } catch (ArithmeticException tooMany) {
            throw new IllegalArgumentException("that is more bytes than can be counted", tooMany);
        }
    }
}
