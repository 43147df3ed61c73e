package io.gotthard.kit;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One kind of single value in settings.
 *
 * @param expected how people are told what belongs here
 * @param tags what YAML must take the value for; empty if only its text counts
 * @param parser makes the value of its text, or throws an IllegalArgumentException whose message nobody sees
 */
record Scalar(String expected, Set<Tag> tags, Function<String, Object> parser) {
    /** What a value is whose type only YAML knows; all others are texts. */
    static final Map<Tag, Class<?>> SIMPLE =
            Map.of(Tag.INT, Long.class, Tag.FLOAT, Double.class, Tag.BOOL, Boolean.class);

    private static final int MOST_DIGITS = 30;
    private static final Pattern DURATION = Pattern.compile("(\\d{1,18})(ms|s|m|h)");

    /** The kind for a component's type, or nothing if the type is no single value. */
    static Optional<Scalar> of(Class<?> type) {
        if (type == String.class) {
            return Optional.of(new Scalar("text", Set.of(Tag.STR), text -> text));
        } else if (type == boolean.class || type == Boolean.class) {
            return Optional.of(new Scalar("true or false", Set.of(Tag.BOOL), Scalar::truth));
        } else if (type == int.class || type == Integer.class) {
            return Optional.of(new Scalar("a whole number", Set.of(Tag.INT), Integer::valueOf));
        } else if (type == long.class || type == Long.class) {
            return Optional.of(new Scalar("a whole number", Set.of(Tag.INT), Long::valueOf));
        } else if (type == double.class || type == Double.class) {
            return Optional.of(new Scalar("a number", Set.of(Tag.INT, Tag.FLOAT), Scalar::finite));
        } else if (type == BigDecimal.class) {
            return Optional.of(new Scalar("a number", Set.of(Tag.INT, Tag.FLOAT), Scalar::decimal));
        } else if (type == Duration.class) {
            return Optional.of(new Scalar("a duration such as 250ms, 30s, 10m or 2h", Set.of(), Scalar::duration));
        } else if (type == Size.class) {
            return Optional.of(new Scalar("a size such as 64KB, 32MB or 2GB", Set.of(), Size::parse));
        } else if (type.isEnum()) {
            String names = String.join(", ", names(type));
            return Optional.of(new Scalar("one of " + names, Set.of(), text -> constant(type, text)));
        }
        return Optional.empty();
    }

    /** How the constants of an enum are written. */
    private static List<String> names(Class<?> type) {
        return Arrays.stream(type.getEnumConstants()).map(Scalar::name).toList();
    }

    private static String name(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Object constant(Class<?> type, String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> name(constant).equals(text))
                .findFirst()
                .orElseThrow(IllegalArgumentException::new);
    }

    private static boolean truth(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException();
        };
    }

    private static BigDecimal decimal(String text) {
        var number = new BigDecimal(text);
        if (number.precision() > MOST_DIGITS || Math.abs((long) number.scale()) > MOST_DIGITS) {
            throw new IllegalArgumentException();
        }
        return number;
    }

    private static double finite(String text) {
        double number = Double.parseDouble(text);
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException();
        }
        return number;
    }

    private static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException();
        }
        long amount = Long.parseLong(matcher.group(1));
        try {
            Duration duration = switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
            };
            // More than a long can count (292 years) would overflow in some timer later.
            return Duration.ofNanos(duration.toNanos());
        } catch (ArithmeticException tooLong) {
            throw new IllegalArgumentException(tooLong);
        }
    }
}
