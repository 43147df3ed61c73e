package io.gotthard.kit;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Network;
import io.gotthard.contracts.Rule;
import java.text.Normalizer;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The fields of a body whose types the router has checked against the contract, and what no schema can say of them. A field
 * that is {@code null} is there, and has the value null. Whatever is refused is a {@link Failure} with status 400 that names the
 * field.
 *
 * @param values the values by the names of the fields
 */
public record Fields(Map<String, Object> values) {

    private static final int LONGEST_NAME = 100;
    private static final int LONGEST_EMAIL = 254;
    private static final int MOST_RULES = 500;
    private static final int MOST_NETWORKS = 50;
    private static final Pattern EMAIL = Pattern.compile("[^\\s@\"<>(),;:\\\\]+@[^\\s@\"<>(),;:\\\\]+");

    /** Whether the field is there, be it null. */
    public boolean has(String field) {
        return values.containsKey(field);
    }

    /** A text as it was sent, or null. */
    public String text(String field) {
        return (String) values.get(field);
    }

    /** True or false, or what it is otherwise, if it is absent or null. */
    public boolean flag(String field, boolean otherwise) {
        return values.get(field) instanceof Boolean flag ? flag : otherwise;
    }

    /** A whole number, or what it is otherwise, if it is absent or null. */
    public long number(String field, long otherwise) {
        return values.get(field) instanceof Number number ? number.longValue() : otherwise;
    }

    /** A name for people: 1 to 100 characters in Unicode's normal form, without blanks at its ends. */
    public String name(String field) {
        var name = Normalizer.normalize(clean(field, text(field)).strip(), Normalizer.Form.NFC);
        if (name.isEmpty() || name.codePointCount(0, name.length()) > LONGEST_NAME) {
            throw Failure.invalid(field, "'" + field + "' must have 1 to " + LONGEST_NAME + " characters.");
        }
        return name;
    }

    /** An e-mail address, as far as its form tells. */
    public String email(String field) {
        var email = Normalizer.normalize(clean(field, text(field)).strip(), Normalizer.Form.NFC);
        if (email.length() > LONGEST_EMAIL || !EMAIL.matcher(email).matches()) {
            throw Failure.invalid(
                    field, "'" + field + "' must be an e-mail address of at most " + LONGEST_EMAIL + " characters.");
        }
        return email;
    }

    /** Rules, all of them valid; null if the field is absent or null. */
    public List<String> rules(String field) {
        var rules = texts(field, MOST_RULES);
        for (int i = 0; rules != null && i < rules.size(); i++) {
            checkRule(field + "[" + i + "]", rules.get(i));
        }
        return rules == null ? null : rules.stream().distinct().toList();
    }

    /**
     * Checks one rule.
     *
     * @param param what of the request is at fault if it is not valid
     */
    public static void checkRule(String param, String rule) {
        try {
            Rule.parse(rule);
        } catch (IllegalArgumentException e) {
            throw Failure.invalid(param, e.getMessage());
        }
    }

    /** Networks, all of them valid; empty if the field is absent or null. */
    public List<String> networks(String field) {
        var networks = texts(field, MOST_NETWORKS);
        for (int i = 0; networks != null && i < networks.size(); i++) {
            try {
                Network.parse(networks.get(i));
            } catch (IllegalArgumentException e) {
                throw Failure.invalid(field + "[" + i + "]", e.getMessage());
            }
        }
        return networks == null ? List.of() : networks;
    }

    /** A list of texts; null if the field is absent or null. */
    public List<String> texts(String field, int most) {
        if (!(values.get(field) instanceof List<?> list)) {
            return null;
        }
        if (list.size() > most) {
            throw Failure.invalid(field, "'" + field + "' has more than " + most + " entries.");
        }
        return list.stream().map(text -> clean(field, (String) text)).toList();
    }

    /** An object. */
    @SuppressWarnings("unchecked")
    public Fields object(String field) {
        return new Fields((Map<String, Object>) values.get(field));
    }

    /** A list of objects. */
    @SuppressWarnings("unchecked")
    public List<Fields> objects(String field) {
        return ((List<?>) values.get(field))
                .stream()
                        .map(object -> new Fields((Map<String, Object>) object))
                        .toList();
    }

    /** A moment in the future, or null. */
    public OffsetDateTime future(String field) {
        var text = text(field);
        if (text == null) {
            return null;
        }
        OffsetDateTime moment;
        try {
            moment = OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw Failure.invalid(field, "'" + field + "' must be like 2030-01-31T12:00:00Z.");
        }
        var now = OffsetDateTime.now(ZoneOffset.UTC);
        if (moment.isBefore(now) || moment.isAfter(now.plusYears(100))) {
            throw Failure.invalid(field, "'" + field + "' must be in the future, and in this century or the next.");
        }
        return moment;
    }

    /** Text that the database and people can read: without control characters and halves of characters. */
    private static String clean(String field, String text) {
        boolean unclean = text.codePoints()
                .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
        if (unclean) {
            throw Failure.invalid(field, "'" + field + "' has a control character.");
        }
        return text;
    }
}
