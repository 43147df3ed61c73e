package io.gotthard.models.provider;

import java.util.BitSet;

/**
 * Makes a string that a regular expression matches, for the expressions usual in schemas: literals, classes, groups,
 * alternatives (the first one is taken), quantifiers and outer anchors. It never runs the expression, which comes from a
 * client and could run for ever.
 */
final class DemoPattern {

    private static final int MOST = 16_384;
    private static final String CANDIDATES = "a0A_- .,:/@#zZ9!b1c2";

    private final String pattern;
    private final StringBuilder made = new StringBuilder();
    private int at;
    private int spare;
    private int steps = MOST;

    private DemoPattern(String pattern, int spare) {
        this.pattern = pattern;
        this.spare = spare;
    }

    /**
     * A matching string, where possible at least so many characters long.
     *
     * @throws DemoSchema.Impossible for what is not known here, such as looking ahead
     */
    static String example(String pattern, int least) {
        var shortest = make(pattern, 0);
        return shortest.length() >= least ? shortest : make(pattern, least - shortest.length());
    }

    private static String make(String pattern, int spare) {
        var generator = new DemoPattern(pattern, spare);
        generator.alternatives(0);
        if (generator.at < pattern.length()) {
            throw unknown();
        }
        return generator.made.toString();
    }

    private static DemoSchema.Impossible unknown() {
        return new DemoSchema.Impossible("'pattern' has something that the demo does not know");
    }

    private boolean sees(char c) {
        return at < pattern.length() && pattern.charAt(at) == c;
    }

    private char take() {
        if (at == pattern.length() || --steps < 0) {
            throw unknown();
        }
        return pattern.charAt(at++);
    }

    private void alternatives(int depth) {
        int start = made.length();
        sequence(depth);
        var first = made.substring(start);
        while (sees('|')) {
            at++;
            made.setLength(start);
            sequence(depth);
        }
        made.replace(start, made.length(), first);
    }

    private void sequence(int depth) {
        while (at < pattern.length() && !sees('|') && !sees(')')) {
            int start = at;
            int length = made.length();
            atom(depth);
            int end = at;
            int times = quantifier(made.length() - length);
            int after = at;
            if (times == 0) {
                made.setLength(length);
            }
            for (int i = 1; i < times; i++) {
                at = start;
                atom(depth);
                if (at != end) {
                    throw unknown();
                }
            }
            at = after;
        }
    }

    /** How often: as seldom as allowed, but so often that what is to spare is used up. */
    private int quantifier(int length) {
        int least = 1;
        int most = 1;
        if (sees('*') || sees('+') || sees('?')) {
            char c = take();
            least = c == '+' ? 1 : 0;
            most = c == '?' ? 1 : MOST;
        } else if (sees('{')) {
            at++;
            least = digits();
            most = least;
            if (sees(',')) {
                at++;
                most = sees('}') ? MOST : digits();
            }
            if (take() != '}') {
                throw unknown();
            }
        } else {
            return 1;
        }
        if (sees('?')) {
            at++;
        } else if (sees('+') || sees('*') || sees('{')) {
            throw unknown();
        }
        int more = length == 0 ? 0 : Math.min(most - least, (spare + length - 1) / length);
        spare -= Math.max(0, more) * length;
        return least + Math.max(0, more);
    }

    private int digits() {
        int number = 0;
        int start = at;
        while (at < pattern.length() && Character.isDigit(pattern.charAt(at)) && number < MOST) {
            number = number * 10 + Character.digit(take(), 10);
        }
        if (at == start || number > MOST) {
            throw unknown();
        }
        return number;
    }

    private void atom(int depth) {
        char c = take();
        switch (c) {
            case '^' -> onlyIf(made.isEmpty());
            case '$' -> onlyIf(at == pattern.length() || sees('|') || sees(')'));
            case '.' -> append('a');
            case '[' -> append(pick(characterClass()));
            case '\\' -> append(pick(escape()));
            case '(' -> group(depth);
            case '*', '+', '?' -> throw unknown();
            default -> append(c);
        }
    }

    private static void onlyIf(boolean known) {
        if (!known) {
            throw unknown();
        }
    }

    private void append(char c) {
        onlyIf(made.length() < MOST);
        made.append(c);
    }

    private void group(int depth) {
        onlyIf(depth < 50);
        if (sees('?')) {
            at++;
            char kind = take();
            if (kind == '<') {
                onlyIf(!sees('=') && !sees('!'));
                at = pattern.indexOf('>', at) + 1;
                onlyIf(at > 0);
            } else {
                onlyIf(kind == ':');
            }
        }
        alternatives(depth + 1);
        onlyIf(take() == ')');
    }

    private BitSet characterClass() {
        boolean negated = sees('^');
        if (negated) {
            at++;
        }
        var members = new BitSet();
        do {
            char c = take();
            var from = c == '\\' ? escape() : only(c, c);
            boolean range = sees('-') && at + 1 < pattern.length() && pattern.charAt(at + 1) != ']';
            if (range) {
                at++;
                char to = take();
                onlyIf(from.cardinality() == 1 && to != '\\' && to >= from.nextSetBit(0));
                members.or(only(from.nextSetBit(0), to));
            } else {
                members.or(from);
            }
        } while (!sees(']'));
        at++;
        return negated ? not(members) : members;
    }

    /** What is after a backslash. */
    private BitSet escape() {
        char c = take();
        return switch (c) {
            case 'd' -> only('0', '9');
            case 'D' -> not(only('0', '9'));
            case 'w' -> word();
            case 'W' -> not(word());
            case 's' -> blank();
            case 'S' -> not(blank());
            case 'n' -> only('\n', '\n');
            case 'r' -> only('\r', '\r');
            case 't' -> only('\t', '\t');
            default -> {
                onlyIf(!Character.isLetterOrDigit(c)); // the others have meanings that are not known here
                yield only(c, c);
            }
        };
    }

    private static BitSet only(int from, int to) {
        var set = new BitSet();
        set.set(from, to + 1);
        return set;
    }

    private static BitSet not(BitSet set) {
        var others = (BitSet) set.clone();
        others.flip(0, 0xd800); // the surrogates begin there
        return others;
    }

    private static BitSet word() {
        var set = only('0', '9');
        set.or(only('A', 'Z'));
        set.or(only('a', 'z'));
        set.set('_');
        return set;
    }

    private static BitSet blank() {
        var set = only(' ', ' ');
        set.or(only('\t', '\r'));
        return set;
    }

    /** A readable member of the set if there is one. */
    private static char pick(BitSet set) {
        int candidate = CANDIDATES.chars().filter(set::get).findFirst().orElseGet(() -> set.nextSetBit(0));
        if (candidate < 0) {
            throw unknown();
        }
        return (char) candidate;
    }
}
