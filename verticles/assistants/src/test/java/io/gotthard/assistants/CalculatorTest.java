package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What calculations give. */
class CalculatorTest {

    private static String value(String expression) {
        return Calculator.written(Calculator.value(expression));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        0.1 + 0.2                        | 0.3
        2 + 3 * 4                        | 14
        (2 + 3) * 4                      | 20
        -2^2                             | -4
        2^3^2                            | 512
        2^-2                             | 0.25
        7 % 3 + 1                        | 2
        1 / 8                            | 0.125
        1 / 3                            | 0.3333333333333333333333333333333333
        1e3 - 1                          | 999
        .5 * 2                           | 1
        100 * 1.00                       | 100
        2^200                            | 1606938044258990275541962092341162602522202993782792835301376
        (-1)^1000000000                  | 1
        1^99999                          | 1
        0^5                              | 0
        sqrt(2)                          | 1.414213562373095048801688724209698
        9^0.5                            | 3
        round(100 / 7, 2)                | 14.29
        round(-2.5)                      | -3
        max(1, 3, 2) - min(4, abs(-2))   | 1
        floor(-1.5) + ceil(1.2)          | 0
        3 × 4 ÷ 6 − 1                    | 1
        1 - - 1                          | 2
        log(1000)                        | 3
        """)
    void what_is_written_has_this_value(String expression, String value) {
        assertThat(value(expression)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9^9^9^9",
                "9^9999",
                "(9^900)^900",
                "1e9999",
                "1e-9999",
                "1e99999999999",
                "10^1000 * 10^1000",
                "2^0.3^-99999",
                "exp(1000)",
                "round(1, 1000000000)",
                "1/0",
                "1 % (1 - 1)",
                "0^-1",
                "sqrt(-1)",
                "ln(0)",
                "",
                "1 +",
                "1 2",
                "(1",
                "1)",
                "20%",
                "system(1)",
                "x",
                "sqrt",
                "sqrt(1, 2)",
                ".",
                "1..2"
            })
    void what_has_no_value_is_refused_with_a_reason_and_at_once(String expression) {
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThatThrownBy(() -> Calculator.value(expression))
                        .isInstanceOf(Trouble.class)
                        .hasMessageMatching("(?s).{10,}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "-", "abs(", "2^"})
    void what_is_nested_without_end_is_refused(String part) {
        assertThatThrownBy(() -> Calculator.value(part.repeat(400) + "1")).isInstanceOf(Trouble.class);
        assertThatThrownBy(() -> Calculator.value(part.repeat(40_000) + "1")).isInstanceOf(Trouble.class);
    }
}
