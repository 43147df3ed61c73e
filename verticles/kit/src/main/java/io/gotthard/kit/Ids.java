package io.gotthard.kit;

import java.security.SecureRandom;

/** Makes ids that cannot be guessed: a word of what they are for, and 120 random bits. */
public final class Ids {

    private static final String DIGITS = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int LENGTH = 24;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    /** A new id such as {@code usr_…}. */
    public static String next(String prefix) {
        var id = new StringBuilder(prefix).append('_');
        for (int i = 0; i < LENGTH; i++) {
            id.append(DIGITS.charAt(RANDOM.nextInt(DIGITS.length())));
        }
        return id.toString();
    }
}
