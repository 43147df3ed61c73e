package io.gotthard.assistants;

import java.text.Normalizer;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Texts as words that can be searched for: letters and digits in small letters, without regard to how Unicode composes them. Of scripts
 * that don't put blanks between words, each character is one. The database's own parser is not used, because what it takes for a letter
 * depends on the locale that the database happened to be made with.
 */
final class Words {

    /** Of a longer word only the beginning counts. */
    private static final int LONGEST = 50;

    /** Of a longer text only the beginning counts: what is stored for a message is bounded. */
    private static final int MOST = 2_000;

    private static final int MOST_SOUGHT = 8;

    private Words() {}

    /** The words of a text, each once, in the order in which they come. */
    static Set<String> of(String text) {
        return of(text, MOST);
    }

    private static Set<String> of(String text, int most) {
        var words = new LinkedHashSet<String>();
        var word = new StringBuilder();
        var plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        for (int at = 0; at < plain.length() && words.size() < most; ) {
            int character = plain.codePointAt(at);
            at += Character.charCount(character);
            if (Character.isIdeographic(character)) {
                take(word, words);
                word.appendCodePoint(character);
                take(word, words);
            } else if (Character.isLetterOrDigit(character)) {
                if (word.length() < LONGEST) {
                    word.appendCodePoint(character);
                }
            } else {
                take(word, words);
            }
        }
        if (words.size() < most) {
            take(word, words);
        }
        return words;
    }

    private static void take(StringBuilder word, Set<String> into) {
        if (!word.isEmpty()) {
            into.add(word.toString());
            word.setLength(0);
        }
    }

    /**
     * PostgreSQL's {@code tsquery} for texts with all the words of a question, each as the beginning of a word, in one of these threads or
     * in one that somebody made; null if the question has no words.
     *
     * @param account who made it
     * @param threads the numbers of others
     */
    static String query(String question, String account, Collection<Long> threads) {
        var words = of(question, MOST_SOUGHT);
        if (words.isEmpty()) {
            return null;
        }
        var where = threads.stream().map(thread -> "'" + mark(thread) + "'").collect(Collectors.toList());
        where.addFirst("'" + mark(account) + "'");
        return words.stream()
                .map(word -> "'" + word + "':*")
                .collect(Collectors.joining(" & ", "(" + String.join(" | ", where) + ") & ", ""));
    }

    /** What stands among the words of a text of a thread that this account made: no word can be like it. */
    static String mark(String account) {
        return "@" + account.replaceAll("[^A-Za-z0-9_-]", "_");
    }

    /** What stands among the words of a text of this thread. */
    static String mark(long thread) {
        return "@" + thread;
    }
}
