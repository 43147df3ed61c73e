package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.models.Upstream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which URLs of clients an upstream may be made to fetch. */
class RequestUrlsTest {

    private static JsonBody body(String url) {
        var part = new JsonObject().put("type", "image_url").put("image_url", new JsonObject().put("url", url));
        var text = new JsonObject().put("type", "text").put("text", "http://127.0.0.1/ is what I read");
        var message = new JsonObject().put("role", "user").put("content", List.of(text, part));
        return JsonBody.parse(new JsonObject().put("messages", List.of(message)).toBuffer());
    }

    private static Failure refused(Upstream.RequestUrls allowed, JsonBody body) {
        return catchThrowableOfType(Failure.class, () -> new RequestUrls(allowed).check(body));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.org/cat.png",
                "http://example.org:8080/a b{c}.png?q=%zz|",
                "HTTPS://EXAMPLE.ORG/",
                "https://xn--bcher-kva.example/",
                "https://1.1.1.1/x",
                "https://[2606:4700::1111]/x",
                "data:image/png;base64,AAAA",
                "DATA:image/png;base64,AAAA"
            })
    void those_of_the_internet_are_handed_on(String url) {
        assertThatCode(() -> new RequestUrls(Upstream.RequestUrls.PUBLIC).check(body(url)))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/",
                "http://localhost:8080/",
                "http://LOCALHOST./",
                "http://a.localhost/",
                "http://10.0.0.1/",
                "http://192.168.1.1/",
                "http://169.254.169.254/latest/meta-data/",
                "http://metadata.google.internal/computeMetadata/v1/",
                "http://metadata/",
                "http://kubernetes.default.svc.cluster.local/",
                "http://[::1]/",
                "http://[::ffff:169.254.169.254]/",
                "http://[fd00:ec2::254]/",
                "http://2130706433/",
                "http://0x7f000001/",
                "http://0x7f.0.0.1/",
                "http://0177.0.0.1/",
                "http://127.1/",
                "http://0/",
                "http://user@example.org/",
                "http://example.org@127.0.0.1/",
                "http://127.0.0.1\\@example.org/",
                "http://example.org\\@127.0.0.1/",
                "http://127.0.0.1:80 .example.org/",
                "http:///etc/passwd",
                "file:///etc/passwd",
                "ftp://example.org/",
                "gopher://example.org/",
                "//127.0.0.1/",
                "/etc/passwd",
                "javascript:alert(1)",
                " http://127.0.0.1/",
                "http://127.0.0.1/a b",
                "http://①②⑦.⓪.⓪.①/",
                ""
            })
    void those_of_inner_networks_and_files_are_refused(String url) {
        assertThat(refused(Upstream.RequestUrls.PUBLIC, body(url))).isNotNull().satisfies(failure -> {
            assertThat(failure.status()).isEqualTo(400);
            assertThat(failure.param()).isEqualTo("messages[0].content[1].image_url.url");
        });
    }

    @Test
    void a_name_that_is_written_in_escapes_is_the_same_name() {
        var escaped = "{\"messages\":[{\"content\":[{\"image_url\":{\"\\u0075r\\u006c\":\"http://10.0.0.1\"}}]}]}";
        assertThat(refused(Upstream.RequestUrls.PUBLIC, JsonBody.parse(Buffer.buffer(escaped))))
                .isNotNull();
        var bare = "{\"messages\":[{\"content\":[{\"type\":\"video_url\",\"video_url\":\"http://10.0.0.1\"}]}]}";
        assertThat(refused(Upstream.RequestUrls.PUBLIC, JsonBody.parse(Buffer.buffer(bare))))
                .isNotNull();
    }

    @Test
    void an_administrator_may_allow_all_or_none() {
        assertThat(refused(Upstream.RequestUrls.ANY, body("http://10.0.0.1/"))).isNull();
        assertThat(refused(Upstream.RequestUrls.NONE, body("https://example.org/")))
                .isNotNull();
        assertThat(refused(Upstream.RequestUrls.NONE, body("data:image/png;base64,AA")))
                .isNull();
    }
}
