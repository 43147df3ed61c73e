package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an image counts as; the first three are the examples that OpenAI published. */
class ImageTokensTest {

    @ParameterizedTest
    @CsvSource({
        "1024, 1024, 765",
        "2048, 4096, 1105",
        "512, 512, 255",
        "1, 1, 255",
        "513, 1, 425",
        "4096, 8192, 1105",
        "10000, 10, 765",
        "100000, 768, 765",
        "0, 5, 765",
        "-1, 5, 765",
        "2147483647, 2147483647, 765",
    })
    void a_size_counts_by_its_squares(int width, int height, int tokens) {
        assertThat(ImageTokens.of(width, height)).isEqualTo(tokens).isLessThanOrEqualTo(ImageTokens.MOST);
    }

    @ParameterizedTest
    @CsvSource({"png, image/png", "gif, image/gif", "jpg, image/jpeg"})
    void the_size_is_read_out_of_the_image(String format, String type) throws IOException {
        var image = image(format, 300, 600);
        var url = "data:" + type + ";base64," + Base64.getEncoder().encodeToString(image);
        assertThat(ImageTokens.of(url, false)).isEqualTo(85 + 2 * 170);
        assertThat(ImageTokens.of(url, true)).isEqualTo(85);
    }

    @Test
    void the_head_of_a_large_image_is_enough() throws IOException {
        var image = Arrays.copyOf(image("png", 300, 600), 10_000_000);
        var url = "data:image/png;base64," + Base64.getEncoder().encodeToString(image);
        assertThat(ImageTokens.of(url, false)).isEqualTo(85 + 2 * 170);
    }

    @Test
    void what_is_no_image_counts_as_a_usual_one() throws IOException {
        for (var format : new String[] {"png", "gif", "jpg"}) {
            var image = image(format, 300, 600);
            for (int length = 0; length < 24; length++) {
                var cut = Base64.getEncoder().encodeToString(Arrays.copyOf(image, length));
                assertThat(ImageTokens.of("data:image/x;base64," + cut, false)).isIn(ImageTokens.USUAL, 425, 85);
            }
        }
        for (var url :
                new String[] {"", "data:", "data:image/png;base64,", "data:image/png;base64,????", "http://x.example/"
                }) {
            assertThat(ImageTokens.of(url, false)).isEqualTo(ImageTokens.USUAL);
        }
    }

    @Test
    void segments_that_lie_about_their_length_end_the_search() {
        for (int first = 0; first < 256; first++) {
            byte[] image = {
                (byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) first, (byte) 0xff, (byte) 0xff, 0, 0, 0, 0, 0, 0
            };
            var url = "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(image);
            assertThat(ImageTokens.of(url, false)).isPositive();
        }
    }

    private static byte[] image(String format, int width, int height) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, bytes);
        return bytes.toByteArray();
    }
}
