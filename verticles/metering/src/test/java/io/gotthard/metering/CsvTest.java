package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of values that somebody hostile may have chosen. */
class CsvTest {

    private static String cell(String text) {
        return new Csv().text(text).line().take().toString();
    }

    @Test
    void a_line_has_its_values_in_order_and_ends_as_the_standard_says() {
        var csv = new Csv();

        csv.text("a")
                .number(1L)
                .plain("0.5")
                .text(null)
                .number(null)
                .line()
                .text("b")
                .line();

        assertThat(csv.take().toString()).isEqualTo("a,1,0.5,,\r\nb\r\n");
        assertThat(csv.take().length()).isZero();
    }

    @Test
    void quotes_commas_and_line_ends_stay_within_their_value() {
        assertThat(cell("a,b")).isEqualTo("\"a,b\"\r\n");
        assertThat(cell("say \"hi\"")).isEqualTo("\"say \"\"hi\"\"\"\r\n");
        assertThat(cell("a\r\nb,c")).isEqualTo("\"a\r\nb,c\"\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u00a0=1+1", "＝1+1"})
    void what_a_spreadsheet_would_calculate_is_a_text(String formula) {
        assertThat(cell(formula).replace("\"", "")).startsWith("'");
    }

    @Test
    void a_formula_is_not_hidden_by_quotes() {
        assertThat(cell("=HYPERLINK(\"http://x\",\"y\")")).isEqualTo("\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n");
    }

    @Test
    void other_texts_are_as_they_are() {
        assertThat(cell("swiss-ai/Apertus-70B:latest")).isEqualTo("swiss-ai/Apertus-70B:latest\r\n");
        assertThat(cell("Zürich 🏔")).isEqualTo("Zürich 🏔\r\n");
        assertThat(cell("'quoted'")).isEqualTo("'quoted'\r\n");
    }
}
