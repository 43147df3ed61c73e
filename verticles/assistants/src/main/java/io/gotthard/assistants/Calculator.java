package io.gotthard.assistants;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Works out what people write as a calculation: {@code + - * / % ^}, parentheses and a few functions. It is exact as long as that is
 * possible, else right to 34 digits; and it never takes long, whatever is written.
 */
final class Calculator {

    private static final int LONGEST = 2_000;
    private static final int DEEPEST = 100;
    private static final int MOST_DIGITS = 1_000;
    static final MathContext PRECISE = MathContext.DECIMAL128;
    private static final BigDecimal PI = new BigDecimal("3.141592653589793238462643383279503");
    private static final BigDecimal E = new BigDecimal("2.718281828459045235360287471352662");

    private final String text;
    private int at;
    private int depth;

    private Calculator(String text) {
        this.text = text;
    }

    /**
     * The value of an expression.
     *
     * @throws Trouble with what is wrong, and where
     */
    static BigDecimal value(String expression) {
        if (expression.length() > LONGEST) {
            throw new Trouble("An expression has at most " + LONGEST + " characters.");
        }
        var calculator =
                new Calculator(expression.replace('×', '*').replace('÷', '/').replace('−', '-'));
        var value = calculator.sum();
        calculator.blanks();
        if (calculator.at < calculator.text.length()) {
            throw calculator.unexpected();
        }
        return value;
    }

    /** As people write it: without an exponent, and without zeros that say nothing. */
    static String written(BigDecimal value) {
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }

    private BigDecimal sum() {
        var value = product();
        while (true) {
            if (next('+')) {
                value = bounded(value.add(product()));
            } else if (next('-')) {
                value = bounded(value.subtract(product()));
            } else {
                return value;
            }
        }
    }

    private BigDecimal product() {
        var value = signed();
        while (true) {
            if (next('*')) {
                value = bounded(value.multiply(signed()));
            } else if (next('/')) {
                value = divided(value, notZero(signed()));
            } else if (next('%')) {
                var by = notZero(signed());
                value = bounded(value.remainder(by));
            } else {
                return value;
            }
        }
    }

    /** Exactly, if that has an end. */
    private static BigDecimal divided(BigDecimal value, BigDecimal by) {
        try {
            return bounded(value.divide(by, new MathContext(MOST_DIGITS, RoundingMode.UNNECESSARY)));
        } catch (ArithmeticException endless) {
            return bounded(value.divide(by, PRECISE));
        }
    }

    private BigDecimal notZero(BigDecimal value) {
        if (value.signum() == 0) {
            throw new Trouble("Nothing can be divided by zero.");
        }
        return value;
    }

    /** A sign binds less than a power: -2^2 is -4. */
    private BigDecimal signed() {
        deeper();
        BigDecimal value;
        if (next('-')) {
            value = signed().negate();
        } else if (next('+')) {
            value = signed();
        } else {
            value = operand();
            if (next('^')) {
                value = power(value, signed());
            }
        }
        depth--;
        return value;
    }

    private BigDecimal power(BigDecimal base, BigDecimal exponent) {
        try {
            int times = exponent.intValueExact();
            boolean small = Math.abs((long) times) <= 100_000
                    && (base.precision() + Math.abs((long) base.scale())) * Math.abs((long) times) <= 4L * MOST_DIGITS;
            // One, zero and minus one stay what they are.
            boolean plain = base.abs().compareTo(BigDecimal.ONE) == 0 || base.signum() == 0;
            if (!small && !plain) {
                throw new Trouble("That number is too large, or has too many digits.");
            }
            if (plain) {
                times = Integer.signum(times) * (2 - (times & 1));
            }
            return times >= 0 ? bounded(base.pow(times)) : divided(BigDecimal.ONE, notZero(bounded(base.pow(-times))));
        } catch (ArithmeticException fraction) {
            if (exponent.compareTo(new BigDecimal("0.5")) == 0) {
                return CalculatorFunctions.root(base);
            }
            return CalculatorFunctions.approximate(Math.pow(base.doubleValue(), exponent.doubleValue()));
        }
    }

    private BigDecimal operand() {
        blanks();
        if (next('(')) {
            var value = sum();
            need(')');
            return value;
        }
        int from = at;
        while (at < text.length() && (Character.isLetter(text.charAt(at)) || (at > from && isDigit()))) {
            at++;
        }
        return at > from ? named(text.substring(from, at)) : number();
    }

    private BigDecimal named(String name) {
        if (!next('(')) {
            return switch (name) {
                case "pi" -> PI;
                case "e" -> E;
                default -> throw new Trouble("There is no '" + name + "'; there are pi and e.");
            };
        }
        List<BigDecimal> values = new ArrayList<>();
        do {
            values.add(sum());
        } while (next(','));
        need(')');
        return CalculatorFunctions.value(name, values);
    }

    private BigDecimal number() {
        int from = at;
        digits();
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            digits();
        }
        if (at == from || (at == from + 1 && text.charAt(from) == '.')) {
            throw unexpected();
        }
        int exponent = at;
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            at++;
            if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
                at++;
            }
            int first = at;
            digits();
            if (at == first) {
                at = exponent;
            } else if (at - first > 4) {
                throw new Trouble("That number is too large, or has too many digits.");
            }
        }
        return bounded(new BigDecimal(text.substring(from, at)));
    }

    private void digits() {
        while (at < text.length() && isDigit()) {
            at++;
        }
    }

    private boolean isDigit() {
        return text.charAt(at) >= '0' && text.charAt(at) <= '9';
    }

    /** Keeps numbers small enough that nothing takes long. */
    static BigDecimal bounded(BigDecimal value) {
        var digits = value.signum() == 0 ? BigDecimal.ZERO : value;
        if (digits.precision() > MOST_DIGITS || Math.abs((long) digits.scale()) > MOST_DIGITS) {
            var shorter = digits.stripTrailingZeros();
            if (shorter.precision() > MOST_DIGITS || Math.abs((long) shorter.scale()) > MOST_DIGITS) {
                throw new Trouble("That number is too large, or has too many digits.");
            }
            return shorter;
        }
        return digits;
    }

    private void deeper() {
        if (++depth > DEEPEST) {
            throw new Trouble("The expression is nested too deeply.");
        }
    }

    private void blanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean next(char c) {
        blanks();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void need(char c) {
        if (!next(c)) {
            throw unexpected();
        }
    }

    private Trouble unexpected() {
        return new Trouble(
                at < text.length()
                        ? "At character " + (at + 1) + ", '" + text.charAt(at) + "' was not expected."
                        : "The expression ends too early.");
    }
}
