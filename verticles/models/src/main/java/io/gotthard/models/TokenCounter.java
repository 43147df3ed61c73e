package io.gotthard.models;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import io.gotthard.contracts.Usage.Source;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Sums up the tokens of texts. Long ones are counted in slices that end where a token ends in any case, so the sum is exact; where there
 * is no such place, as in a megabyte of one letter, the slice ends anywhere, the sum is a token or so too high for each slice, and the
 * count is an estimate. So is what comes after {@value #BUDGET} characters: a token for every four bytes.
 */
final class TokenCounter {

    /** So many characters are looked at in one piece: what has no end costs n log n, and a hundred bytes of memory for each. */
    static final int SLICE = 8_192;

    /** So many characters of all texts together are counted. */
    static final int BUDGET = 1_000_000;

    /** How much more of the budget a slice takes that has no end: it is so much slower. */
    private static final int UNBROKEN = 8;

    /** Of text of any kind. */
    static final int BYTES_PER_TOKEN = 4;

    /** Thread-safe, and reads a vocabulary when it is asked for first. */
    private static final EncodingRegistry ENCODINGS = Encodings.newLazyEncodingRegistry();

    /** Those that came before o200k_base. */
    private static final Pattern OLDER = Pattern.compile("(.*/)?(gpt-35|gpt-3\\.5|gpt-4($|-)|text-embedding-).*");

    private final Encoding encoding;
    private final boolean older;
    private int budget = BUDGET;
    private long tokens;
    private boolean estimated;

    private TokenCounter(boolean older) {
        this.encoding = ENCODINGS.getEncoding(older ? EncodingType.CL100K_BASE : EncodingType.O200K_BASE);
        this.older = older;
    }

    /** A counter with the vocabulary of a model; one that is not known has o200k_base. */
    static TokenCounter of(String model) {
        return new TokenCounter(OLDER.matcher(model.toLowerCase(Locale.ROOT)).matches());
    }

    /** Whether the model is of those before GPT-4o. */
    boolean isOlder() {
        return older;
    }

    /** Adds a text's tokens. What looks like a special token, as in {@code <|endoftext|>}, is text too. */
    void text(String text) {
        int from = 0;
        while (from < text.length() && budget > 0) {
            from = slice(text, from);
        }
        if (from < text.length()) {
            estimate(bytes(text, from), BYTES_PER_TOKEN);
        }
    }

    /** Adds tokens that need no counting. */
    void add(long more) {
        tokens += more;
    }

    /** Adds what is not known better than by its size. */
    void estimate(long size, int perToken) {
        tokens += (size + perToken - 1) / perToken;
        estimated = true;
    }

    Tokens.Count count() {
        return new Tokens.Count(tokens, estimated ? Source.ESTIMATED : Source.COUNTED);
    }

    /** Counts the next slice, and returns where it ends. */
    private int slice(String text, int from) {
        int to = text.length();
        int cost = 1;
        if (to - from > SLICE) {
            to = end(text, from);
            if (to < 0) {
                to = from + SLICE - (Character.isHighSurrogate(text.charAt(from + SLICE - 1)) ? 1 : 0);
                cost = UNBROKEN;
                estimated = true;
            }
        }
        tokens += encoding.countTokensOrdinary(wellFormed(text.substring(from, to)));
        budget -= cost * (to - from);
        return to;
    }

    /** The last place in a slice where every vocabulary begins a new word, or -1: in front of one sign between two letters. */
    private static int end(String text, int from) {
        for (int at = from + SLICE - 1; at > from; at--) {
            if (isSeparator(text.charAt(at)) && isLetter(text.charAt(at - 1)) && isLetter(text.charAt(at + 1))) {
                return at;
            }
        }
        return -1;
    }

    /** With question marks for halves of characters: not every tokenizer bears with them. */
    private static String wellFormed(String text) {
        boolean whole = text.chars().noneMatch(c -> Character.isSurrogate((char) c));
        return whole ? text : new String(text.getBytes(UTF_8), UTF_8);
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c > 'z' && Character.isLetter(c)) || (c >= 'A' && c <= 'Z');
    }

    /** Not what belongs to a word in some vocabulary: apostrophes, marks, halves of characters; line ends are special. */
    private static boolean isSeparator(char c) {
        return switch (c) {
            case ' ', ',', '.', '-', '_', '/', '+', '=', '"', ';', ':', '(', '\t', '，', '。', '、' -> true;
            default -> false;
        };
    }

    private static long bytes(String text, int from) {
        long bytes = 0;
        for (int at = from; at < text.length(); at++) {
            char c = text.charAt(at);
            // Two for each half of a character of four.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
