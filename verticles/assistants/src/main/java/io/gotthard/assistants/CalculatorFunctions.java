package io.gotthard.assistants;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;

/** The functions that a calculation may have. Those with endless digits are right to 15. */
final class CalculatorFunctions {

    private CalculatorFunctions() {}

    /**
     * The value of a function.
     *
     * @param values at least one
     * @throws Trouble if there is no such function, or it has no value there
     */
    static BigDecimal value(String name, List<BigDecimal> values) {
        var first = values.getFirst();
        int most = switch (name) {
            case "min", "max" -> Integer.MAX_VALUE;
            case "round" -> 2;
            default -> 1;
        };
        if (values.size() > most) {
            throw new Trouble("The function " + name + " has at most " + most + " arguments.");
        }
        return switch (name) {
            case "abs" -> first.abs();
            case "sqrt" -> root(first);
            case "min" -> values.stream().reduce(first, BigDecimal::min);
            case "max" -> values.stream().reduce(first, BigDecimal::max);
            case "floor" -> first.setScale(0, RoundingMode.FLOOR);
            case "ceil" -> first.setScale(0, RoundingMode.CEILING);
            case "round" -> first.setScale(values.size() == 1 ? 0 : places(values.get(1)), RoundingMode.HALF_UP);
            case "ln" -> approximate(Math.log(first.doubleValue()));
            case "log" -> approximate(Math.log10(first.doubleValue()));
            case "exp" -> approximate(Math.exp(first.doubleValue()));
            case "sin" -> approximate(Math.sin(first.doubleValue()));
            case "cos" -> approximate(Math.cos(first.doubleValue()));
            case "tan" -> approximate(Math.tan(first.doubleValue()));
            default ->
                throw new Trouble("There is no function '" + name
                        + "'; there are abs, ceil, cos, exp, floor, ln, log, max, min, round, sin, sqrt and tan.");
        };
    }

    private static int places(BigDecimal value) {
        if (value.abs().compareTo(BigDecimal.valueOf(100)) > 0
                || value.stripTrailingZeros().scale() > 0) {
            throw new Trouble("A number is rounded to at most 100 places.");
        }
        return value.intValue();
    }

    static BigDecimal root(BigDecimal value) {
        if (value.signum() < 0) {
            throw new Trouble("A negative number has no square root.");
        }
        return Calculator.bounded(value.sqrt(Calculator.PRECISE));
    }

    static BigDecimal approximate(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new Trouble("That has no value, or one that is too large.");
        }
        return new BigDecimal(value, MathContext.DECIMAL64);
    }
}
