package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** What is left of a page. */
class PlainTextTest {

    private static String of(String html) {
        return PlainText.of("text/html; charset=utf-8", Buffer.buffer(html));
    }

    @Test
    void a_page_is_its_text_in_lines_without_scripts_and_markup() {
        assertThat(of("""
            <!DOCTYPE html><html><head><title>Gotthard &amp; Furka</title>
            <style>p { color: red }</style><script>if (a < b) alert("</p>")</script></head>
            <body class="a > b"><!-- no <b>comment</b> --><h1>P&auml;sse</h1><p>2106&nbsp;m &#8212; <b>open</b>
               since   <a href="x">May</a>.</p><ul><li>One<li>Two</ul>1 < 2</body></html>
            """)).isEqualTo("Gotthard & Furka\nPässe\n2106 m — open since May.\nOne\nTwo\n1 < 2");
    }

    @Test
    void a_page_without_ends_takes_no_longer_than_another() {
        for (var part :
                new String[] {"<", "<script>", "<!--", "<a href=\"", "&", "&#x", "</", "<script></scrip>", "<p "}) {
            Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(20), () -> of(part.repeat(2_000_000 / part.length())), part);
        }
    }

    @Test
    void texts_are_left_as_they_are_and_files_are_refused() {
        assertThat(PlainText.of("application/json", Buffer.buffer("{\"a\":\"<b>\"}")))
                .isEqualTo("{\"a\":\"<b>\"}");
        assertThat(PlainText.of("text/plain; charset=iso-8859-1", Buffer.buffer(new byte[] {(byte) 0xE4})))
                .isEqualTo("ä");
        assertThat(PlainText.of("text/plain; charset=no-such", Buffer.buffer("ä")))
                .isEqualTo("ä");
        assertThatThrownBy(() -> PlainText.of("image/png", Buffer.buffer("x"))).hasMessageContaining("image/png");
    }
}
