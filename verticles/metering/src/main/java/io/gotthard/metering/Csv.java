package io.gotthard.metering;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * Lines of comma-separated values as RFC 4180 has them. What a spreadsheet would take for a formula is made a text with an apostrophe:
 * the names in a file come from many people, and who opens it is an administrator.
 */
final class Csv {

    static final String TYPE = "text/csv; charset=utf-8";

    /** What a formula begins with, full width as well; blanks before it may be skipped by whoever reads the file. */
    private static final String FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20";

    private static final String SPECIAL = ",\"\r\n";

    private final StringBuilder lines = new StringBuilder();
    private boolean begun;

    /** Adds a text; null is empty. */
    Csv text(String text) {
        if (text == null || text.isEmpty()) {
            return plain("");
        }
        var safe = isFormula(text) ? "'" + text : text;
        boolean quoted = safe.chars().anyMatch(character -> SPECIAL.indexOf(character) >= 0);
        return plain(quoted ? '"' + safe.replace("\"", "\"\"") + '"' : safe);
    }

    private static boolean isFormula(String text) {
        if (Character.isISOControl(text.charAt(0))) {
            return true;
        }
        int first = 0;
        while (first < text.length()
                && (Character.isWhitespace(text.charAt(first)) || Character.isSpaceChar(text.charAt(first)))) {
            first++;
        }
        return first < text.length() && FORMULA.indexOf(text.charAt(first)) >= 0;
    }

    /** Adds a number; null is empty. */
    Csv number(Number number) {
        return plain(number == null ? "" : number.toString());
    }

    /** Adds what needs no quotes, such as a time or an amount; null is empty. */
    Csv plain(String value) {
        if (begun) {
            lines.append(',');
        }
        lines.append(value == null ? "" : value);
        begun = true;
        return this;
    }

    /** Ends the line. */
    Csv line() {
        lines.append("\r\n");
        begun = false;
        return this;
    }

    /** The bytes of the lines since the last time. */
    Buffer take() {
        var bytes = Buffer.buffer(lines.toString().getBytes(StandardCharsets.UTF_8));
        lines.setLength(0);
        return bytes;
    }
}
