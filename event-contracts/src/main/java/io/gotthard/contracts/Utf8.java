package io.gotthard.contracts;

/**
 * Whether bytes are UTF-8. The JSON parser also takes what is longer than needed, and surrogates; someone behind us may read
 * those differently, and so see another member than we did.
 */
final class Utf8 {

    private Utf8() {}

    /** Follows Unicode's table of well-formed byte sequences; ASCII, which is nearly everything, costs one comparison. */
    static boolean isValid(byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            int length = bytes[at] >= 0 ? 1 : sequence(bytes, at);
            if (length == 0) {
                return false;
            }
            at += length;
        }
        return true;
    }

    /** The length of a sequence of two to four bytes, or 0 if it is not well-formed. */
    private static int sequence(byte[] bytes, int at) {
        int first = bytes[at] & 0xFF;
        int second = at + 1 < bytes.length ? bytes[at + 1] & 0xFF : 0;
        if (first >= 0xC2 && first <= 0xDF) {
            return isBetween(second, 0x80, 0xBF) ? 2 : 0;
        }
        if (first >= 0xE0 && first <= 0xEF) {
            boolean good = isBetween(second, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
            return good && continues(bytes, at + 2) ? 3 : 0;
        }
        if (first >= 0xF0 && first <= 0xF4) {
            boolean good = isBetween(second, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
            return good && continues(bytes, at + 2) && continues(bytes, at + 3) ? 4 : 0;
        }
        return 0;
    }

    private static boolean continues(byte[] bytes, int at) {
        return at < bytes.length && isBetween(bytes[at] & 0xFF, 0x80, 0xBF);
    }

    private static boolean isBetween(int value, int from, int to) {
        return value >= from && value <= to;
    }
}
