package io.gotthard.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class FramesPageTest {

    @Test
    void every_frame_is_on_the_page() throws IOException {
        assertThat(FramesPage.page())
                .contains(
                        "<code>/api/v1/ws</code>",
                        "&quot;subscribe&quot;",
                        "&quot;subscription.ended&quot;",
                        "&quot;gap&quot;")
                .doesNotContain("<script", ">null<");
    }
}
