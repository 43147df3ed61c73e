package io.gotthard.contracts;

import java.util.List;
import java.util.regex.Pattern;

/**
 * One permission rule, such as {@code gotthard.user.model.swiss-ai.*}: a level, and a pattern of resources.
 *
 * <p>A resource is a path of segments, separated by dots or slashes: {@code model.swiss-ai/Apertus-70B} has three. In a pattern
 * {@code *} stands for one segment, and {@code >} at its end for one or more; so {@code model.>} is every model, whatever is in its
 * name. The prefix {@code aihub.} says the same as {@code gotthard.}.
 *
 * @param text as it was written
 * @param level what it grants
 * @param segments the pattern, without prefix and level
 */
public record Rule(String text, Level level, List<String> segments) {

    private static final int LONGEST = 512;
    private static final int MOST_SEGMENTS = 16;
    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_:@+~=-]{1,128}");
    private static final Pattern SEPARATOR = Pattern.compile("[./]");

    /** What one may do with a resource; each includes the ones before it. */
    public enum Level {
        NONE,
        USER,
        ADMIN;

        /** The lower of the two. */
        public Level and(Level other) {
            return compareTo(other) < 0 ? this : other;
        }

        /** Whether this suffices where the other is needed. */
        public boolean includes(Level other) {
            return compareTo(other) >= 0;
        }
    }

    /** Keeps the segments from being changed. */
    public Rule {
        segments = List.copyOf(segments);
    }

    /**
     * Reads a rule.
     *
     * @throws IllegalArgumentException with the reason, if it is none
     */
    public static Rule parse(String text) {
        if (text.length() > LONGEST) {
            throw new IllegalArgumentException("a rule has at most " + LONGEST + " characters");
        }
        var parts = List.of(SEPARATOR.split(text, -1));
        if (parts.size() < 3) {
            throw refused(text, "a rule is like gotthard.user.model.NAME");
        }
        if (parts.size() > MOST_SEGMENTS) {
            throw refused(text, "a rule has at most " + MOST_SEGMENTS + " segments");
        }
        if (!parts.getFirst().equals("gotthard") && !parts.getFirst().equals("aihub")) {
            throw refused(text, "a rule begins with 'gotthard.'");
        }
        var level = switch (parts.get(1)) {
            case "user" -> Level.USER;
            case "admin" -> Level.ADMIN;
            default -> throw refused(text, "the second word is 'user' or 'admin'");
        };
        var pattern = parts.subList(2, parts.size());
        for (int i = 0; i < pattern.size(); i++) {
            check(text, pattern.get(i), i == pattern.size() - 1);
        }
        return new Rule(text, level, pattern);
    }

    private static void check(String text, String segment, boolean last) {
        if (segment.equals(">")) {
            if (!last) {
                throw refused(text, "'>' can only be the last segment");
            }
        } else if (segment.contains("*") && !segment.equals("*")) {
            throw refused(text, "'*' stands for a whole segment");
        } else if (!segment.equals("*") && !SEGMENT.matcher(segment).matches()) {
            throw refused(
                    text, segment.isEmpty() ? "a segment is empty" : "a segment has a character that is not allowed");
        }
    }

    private static IllegalArgumentException refused(String text, String reason) {
        return new IllegalArgumentException("The rule '" + text + "' is not valid: " + reason + ".");
    }

    /** Whether the pattern matches a resource, given by its segments. */
    public boolean matches(List<String> resource) {
        int fixed = segments.size();
        boolean open = segments.getLast().equals(">");
        if (open ? resource.size() < fixed : resource.size() != fixed) {
            return false;
        }
        for (int i = 0; i < (open ? fixed - 1 : fixed); i++) {
            var segment = segments.get(i);
            if (!segment.equals("*") && !segment.equals(resource.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether this grants all that the other one grants. It never says so wrongly; and it looks at one rule only, though several
     * together might grant as much.
     */
    public boolean covers(Rule other) {
        return level.includes(other.level) && isAtLeast(other.segments);
    }

    private boolean isAtLeast(List<String> pattern) {
        boolean open = segments.getLast().equals(">");
        int fixed = open ? segments.size() - 1 : segments.size();
        // What is open at its end has at least as many segments as are written.
        if (open
                ? pattern.size() <= fixed
                : pattern.size() != fixed || pattern.getLast().equals(">")) {
            return false;
        }
        for (int i = 0; i < fixed; i++) {
            var mine = segments.get(i);
            var theirs = pattern.get(i);
            if (mine.equals("*") ? theirs.equals(">") : !mine.equals(theirs)) {
                return false;
            }
        }
        return true;
    }

    /** The segments of a resource such as {@code model.openai/gpt-5}. */
    public static List<String> segments(String resource) {
        return List.of(SEPARATOR.split(resource, -1));
    }
}
