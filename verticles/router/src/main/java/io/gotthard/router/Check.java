package io.gotthard.router;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A compiled piece of a JSON Schema. Immutable once compiled, shared by all event loops, and free of allocation for a
 * value that is valid, except for what looping over a map costs.
 */
sealed interface Check permits Check.Node, Check.Recursion, Check.Choice, Check.Not, Union {
    /**
     * @param value a plain JSON value
     * @param why whether the caller wants to know what is wrong; if not, a check returns {@link Finding#UNEXPLAINED}
     *     at no cost
     * @param depth how many recursions led here, which bounds the stack
     * @return null if the value is valid
     */
    Finding check(Object value, boolean why, int depth);

    /** The kinds of value that can be valid at all. */
    int kinds();

    /** Anything that is JSON. */
    Check ANYTHING = new Node(Kind.ANY, null, null, null, null, new Check[0]);

    /** One schema object: its type, the rules for each kind, and what else must hold. */
    record Node(int kinds, Text text, Bounds bounds, Items items, Fields fields, Check[] more) implements Check {
        @Override
        public Finding check(Object value, boolean why, int depth) {
            int kind = Kind.of(value);
            if ((kinds & kind) == 0) {
                return why ? Finding.type(kinds, value) : Finding.UNEXPLAINED;
            }
            Finding finding = switch (kind) {
                case Kind.STRING -> text == null ? null : text.check((String) value, why);
                case Kind.INTEGER, Kind.FRACTION -> bounds == null ? null : bounds.check((Number) value, why);
                case Kind.ARRAY -> items == null ? null : items.check((List<?>) value, why, depth);
                case Kind.OBJECT -> fields == null ? null : fields.check((Map<?, ?>) value, why, depth);
                default -> null;
            };
            for (int i = 0; finding == null && i < more.length; i++) {
                finding = more[i].check(value, why, depth);
            }
            return finding;
        }

        /** The same check with as few steps as possible. */
        Check simplified() {
            if (text != null || bounds != null || items != null || fields != null || more.length > 1) {
                return this;
            }
            if (more.length == 0) {
                return kinds == Kind.ANY ? ANYTHING : this;
            }
            return more[0].kinds() == kinds ? more[0] : this;
        }
    }

    /**
     * A {@code $ref} to a schema it is itself a part of: its target is set when that one is compiled, before any
     * check.
     */
    final class Recursion implements Check {
        /** Deeper than anybody's honest value, far from the end of a thread's stack. */
        static final int DEEPEST = 100;

        private final int kinds;
        private Check target;

        Recursion(int kinds) {
            this.kinds = kinds;
        }

        void resolve(Check compiled) {
            target = compiled;
        }

        @Override
        public Finding check(Object value, boolean why, int depth) {
            if (depth == DEEPEST) {
                return why ? Finding.invalid("nested more than " + DEEPEST + " levels deep.") : Finding.UNEXPLAINED;
            }
            return target.check(value, why, depth + 1);
        }

        @Override
        public int kinds() {
            return kinds;
        }
    }

    /** {@code enum} and {@code const}: strings, booleans and null. */
    record Choice(int kinds, List<?> values) implements Check {
        @Override
        public Finding check(Object value, boolean why, int depth) {
            for (int i = 0; i < values.size(); i++) {
                Object candidate = values.get(i);
                if (candidate == null ? value == null : candidate.equals(value)) {
                    return null;
                }
            }
            if (!why) {
                return Finding.UNEXPLAINED;
            }
            return (kinds & Kind.of(value)) == 0 ? Finding.type(kinds, value) : Finding.unsupported(value, values);
        }
    }

    /** {@code not}. */
    record Not(Check refused) implements Check {
        @Override
        public Finding check(Object value, boolean why, int depth) {
            if (refused.check(value, false, depth) != null) {
                return null;
            }
            return why ? Finding.invalid("this value is not allowed here.") : Finding.UNEXPLAINED;
        }

        @Override
        public int kinds() {
            return Kind.ANY;
        }
    }

    /** Rules for strings. Lengths are in code points, and {@code pattern}, if not null, must match all of the text. */
    record Text(int min, int max, Pattern pattern, String shown) {
        Finding check(String text, boolean why) {
            int units = text.length();
            // A code point takes one or two units, so most lengths are decided without counting.
            boolean tooShort = units < min || (units < 2L * min && text.codePointCount(0, units) < min);
            boolean tooLong = units > max && (units > 2L * max || text.codePointCount(0, units) > max);
            if (!tooShort
                    && !tooLong
                    && (pattern == null || pattern.matcher(text).matches())) {
                return null;
            }
            if (!why) {
                return Finding.UNEXPLAINED;
            }
            if (!tooShort && !tooLong) {
                return Finding.invalid(
                        "string does not match pattern. Expected a string that matches the pattern '" + shown + "'.");
            }
            return Finding.length("string", text.codePointCount(0, units), min, max);
        }
    }

    /** Rules for numbers. Limits are infinite where the schema has none. */
    record Bounds(double min, boolean minExcluded, double max, boolean maxExcluded) {
        Finding check(Number number, boolean why) {
            double value = number.doubleValue();
            boolean below = minExcluded ? value <= min : value < min;
            if (!below && !(maxExcluded ? value >= max : value > max)) {
                return null;
            }
            if (!why) {
                return Finding.UNEXPLAINED;
            }
            String limit = below
                    ? " below minimum value. Expected a value " + (minExcluded ? "> " : ">= ") + plain(min)
                    : " above maximum value. Expected a value " + (maxExcluded ? "< " : "<= ") + plain(max);
            String kind = Kind.of(number) == Kind.INTEGER ? "integer" : "decimal";
            return Finding.invalid(kind + limit + ", but got " + Finding.echo(number.toString()) + " instead.");
        }

        private static String plain(double limit) {
            return limit == Math.rint(limit) ? Long.toString((long) limit) : Double.toString(limit);
        }
    }

    /** Rules for arrays; {@code each} is null if elements are free. */
    record Items(int min, int max, Check each) {
        Finding check(List<?> list, boolean why, int depth) {
            int size = list.size();
            if (size < min || size > max) {
                return why ? Finding.length("array", size, min, max) : Finding.UNEXPLAINED;
            }
            if (each == null) {
                return null;
            }
            for (int i = 0; i < size; i++) {
                Finding finding = each.check(list.get(i), why, depth);
                if (finding != null) {
                    return why ? finding.at(i) : finding;
                }
            }
            return null;
        }
    }

    /** Rules for objects; {@code rest} is for undeclared properties, null if there may be none. */
    record Fields(String[] required, Map<String, Check> known, Check rest) {
        Finding check(Map<?, ?> object, boolean why, int depth) {
            for (String name : required) {
                if (!object.containsKey(name)) {
                    return why ? Finding.missing(name) : Finding.UNEXPLAINED;
                }
            }
            for (Map.Entry<?, ?> field : object.entrySet()) {
                String name = (String) field.getKey();
                Check check = known.getOrDefault(name, rest);
                if (check == null) {
                    return why ? Finding.unknown(name) : Finding.UNEXPLAINED;
                }
                if (check == ANYTHING) {
                    continue;
                }
                Finding finding = check.check(field.getValue(), why, depth);
                if (finding != null) {
                    return why ? finding.at(name) : finding;
                }
            }
            return null;
        }
    }
}
