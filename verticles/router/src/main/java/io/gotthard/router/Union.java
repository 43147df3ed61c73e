package io.gotthard.router;

import java.util.List;
import java.util.Map;

/**
 * {@code oneOf} and {@code anyOf}. Which branch is meant is decided by the kind of the value and, for objects, by a
 * property all branches require with different constants (usually {@code type}), so that one branch is tried and its
 * finding is what the client reads. Only where that leaves several branches are they tried in turn, and the one that
 * came furthest speaks.
 */
final class Union implements Check {
    private final int kinds;
    private final Check[][] byKind;
    private final Tag tag;
    private final boolean exactlyOne;

    /**
     * @param branches in the order of the contract
     * @param tag how to tell the branches for objects apart, or null
     * @param exactlyOne whether no second branch may match ({@code oneOf})
     */
    Union(List<Check> branches, Tag tag, boolean exactlyOne) {
        this.byKind = new Check[Kind.COUNT][];
        int all = 0;
        for (int i = 0; i < Kind.COUNT; i++) {
            int kind = 1 << i;
            byKind[i] = branches.stream().filter(b -> (b.kinds() & kind) != 0).toArray(Check[]::new);
            all |= byKind[i].length > 0 ? kind : 0;
        }
        this.kinds = all;
        this.tag = tag;
        this.exactlyOne = exactlyOne;
    }

    /** Whether some value has to be tried on more than one branch. */
    boolean ambiguous() {
        for (int i = 0; i < Kind.COUNT; i++) {
            if (byKind[i].length > 1 && (tag == null || 1 << i != Kind.OBJECT)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public int kinds() {
        return kinds;
    }

    @Override
    public Finding check(Object value, boolean why, int depth) {
        int kind = Kind.of(value);
        if ((kinds & kind) == 0) {
            return why ? Finding.type(kinds, value) : Finding.UNEXPLAINED;
        }
        if (kind == Kind.OBJECT && tag != null) {
            return tag.check((Map<?, ?>) value, why, depth);
        }
        Check[] branches = byKind[Integer.numberOfTrailingZeros(kind)];
        return branches.length == 1 ? branches[0].check(value, why, depth) : tryAll(branches, value, why, depth);
    }

    private Finding tryAll(Check[] branches, Object value, boolean why, int depth) {
        int matches = 0;
        for (Check branch : branches) {
            if (branch.check(value, false, depth) == null) {
                matches++;
                if (!exactlyOne) {
                    return null;
                }
            }
        }
        if (matches == 1) {
            return null;
        }
        if (!why) {
            return Finding.UNEXPLAINED;
        }
        return matches == 0
                ? furthest(branches, value, depth)
                : Finding.invalid("it fits more than one of the forms that are possible here.");
    }

    private static Finding furthest(Check[] branches, Object value, int depth) {
        Finding best = branches[0].check(value, true, depth);
        for (int i = 1; i < branches.length; i++) {
            Finding next = branches[i].check(value, true, depth);
            if (next.furtherThan(best)) {
                best = next;
            } else {
                best.orElse(next);
            }
        }
        return best;
    }

    /**
     * A property whose value tells the branches for objects apart.
     *
     * @param name every branch requires it
     * @param cases its constants and the branches they stand for
     * @param other the branch for every other text, or null if there is none
     * @param supported the constants in the order of the contract
     */
    record Tag(String name, Map<String, Check> cases, Check other, List<String> supported) {
        Finding check(Map<?, ?> object, boolean why, int depth) {
            Object value = object.get(name);
            if (value instanceof String text) {
                Check branch = cases.getOrDefault(text, other);
                if (branch != null) {
                    return branch.check(object, why, depth);
                }
            }
            if (!why) {
                return Finding.UNEXPLAINED;
            }
            if (!object.containsKey(name)) {
                return Finding.missing(name);
            }
            return (value instanceof String ? Finding.unsupported(value, supported) : Finding.type(Kind.STRING, value))
                    .at(name);
        }
    }
}
