package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.kit.Whereabouts;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code fetch} reads, and what it can't be made to read. */
class OutsideTest {

    private final ToolUser user = new ToolUser();

    @BeforeEach
    void open() {
        user.open(new JsonObject().put("type", "builtin").put("name", "fetch"));
    }

    @AfterEach
    void close() {
        user.close();
    }

    private Tool.Result fetch(String url) {
        return user.call("fetch", new JsonObject().put("url", url));
    }

    private void allow(String... networks) {
        user.with(user.settings(List.of(networks), Duration.ofSeconds(20)));
        open();
    }

    @Test
    void a_page_is_read_as_text() {
        user.says(200, "text/html", "<p>Hello <b>there</b></p><script>no()</script>");
        assertThat(fetch(user.url("/a?b=c#d"))).isEqualTo(new Tool.Result(true, "Hello there"));
        assertThat(user.next().uri()).isEqualTo("/a?b=c");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:%d/",
                "http://localhost:%d/",
                "http://[::ffff:127.0.0.1]:%d/",
                "http://127.1:%d/",
                "http://2130706433:%d/",
                "http://0x7f.0.0.1:%d/",
                "http://0.0.0.0:%d/",
                "http://user@127.0.0.1:%d/",
                "http://169.254.169.254/latest/meta-data",
                "http://[fd00:ec2::254]/",
                "file:///etc/passwd",
                "gopher://127.0.0.1:%d/",
                "//127.0.0.1:%d/",
                "http:///etc/passwd",
                "http://127.0.0.1:99999999/",
                "nonsense",
                "http://127.0.0.1:%d\\@example.org/"
            })
    void our_own_networks_are_not_reached_however_they_are_written(String url) {
        allow("public");
        var result = fetch(url.replace("%d", String.valueOf(user.port())));
        assertThat(result.ok()).isFalse();
        assertThat(result.content()).doesNotContain("hello");
        assertThat(user.received).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://169.254.169.254/latest/meta-data/",
                "//169.254.169.254/",
                "http://[::ffff:a9fe:a9fe]/",
                "file:///etc/passwd",
                "http://u:p@127.0.0.1/",
                "http://"
            })
    void a_redirect_does_not_lead_where_one_may_not_go(String to) {
        user.play = request ->
                request.response().setStatusCode(302).putHeader("location", to).end();
        var result = fetch(user.url("/"));
        assertThat(result.ok()).isFalse();
        assertThat(user.received).hasSize(1);
    }

    @Test
    void a_redirect_is_followed_where_one_may_go_but_not_for_ever() {
        user.play = request -> {
            if (request.path().equals("/end")) {
                request.response().end("there");
            } else {
                request.response()
                        .setStatusCode(307)
                        .putHeader("location", request.path().equals("/loop") ? "/loop" : "end")
                        .end();
            }
        };
        assertThat(fetch(user.url("/begin"))).isEqualTo(new Tool.Result(true, "there"));
        assertThat(fetch(user.url("/loop")).content()).contains("again and again");
    }

    @Test
    void a_name_is_looked_up_for_each_request_and_each_address_is_checked() {
        var lookUps = new AtomicInteger();
        // It belongs to somebody who says something else the second time.
        Whereabouts.Names names =
                host -> List.of(InetAddress.ofLiteral(lookUps.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.2"));
        user.with(user.settings(List.of("127.0.0.1"), Duration.ofSeconds(20)), names);
        open();
        var url = "http://rebind.example:" + user.port() + "/";
        assertThat(fetch(url)).isEqualTo(new Tool.Result(true, "hello"));
        assertThat(lookUps).as("what was checked is what was connected to").hasValue(1);
        assertThat(user.next().headers()).containsEntry("host", "rebind.example:" + user.port());
        var second = fetch(url);
        assertThat(second.ok()).isFalse();
        assertThat(second.content()).contains("may not connect");
        assertThat(user.received).isEmpty();
    }

    @Test
    void a_name_with_one_inner_address_among_others_is_refused() {
        user.with(user.settings(List.of("public"), Duration.ofSeconds(20)), ToolUser.names("1.1.1.1", "127.0.0.1"));
        open();
        assertThat(fetch("http://mixed.example:" + user.port() + "/").content()).contains("may not connect");
    }

    @Test
    void a_name_that_nobody_has_and_a_port_where_nobody_is_are_told() {
        Whereabouts.Names none = host -> {
            throw new UnknownHostException(host);
        };
        user.with(user.settings(List.of("private"), Duration.ofSeconds(20)), none);
        open();
        assertThat(fetch("http://nobody.example/").content()).isEqualTo("There is no server of that name.");
        assertThat(fetch("http://127.0.0.1:1/").content()).isEqualTo("The server could not be reached.");
    }

    @Test
    void an_endless_answer_is_cut_and_says_so() {
        user.play =
                request -> user.endless(request.response().putHeader("content-type", "text/plain"), "x".repeat(8192));
        var result = fetch(user.url("/"));
        assertThat(result.ok()).isTrue();
        assertThat(result.content()).hasSizeLessThan(2200).contains("[cut:");
    }

    @Test
    void an_answer_that_drips_or_does_not_come_is_given_up_in_time() {
        user.timeLeft(Duration.ofMillis(300));
        user.play = request -> {
            var response = request.response().setChunked(true);
            response.exceptionHandler(gone -> {});
            var timer = user.vertx.setPeriodic(20, tick -> response.write("x"));
            response.closeHandler(gone -> user.vertx.cancelTimer(timer));
        };
        assertThat(fetch(user.url("/")).content()).isEqualTo("The server did not answer in time.");
        user.play = request -> {};
        assertThat(fetch(user.url("/")).content()).isEqualTo("The server did not answer in time.");
    }

    @Test
    void an_answer_that_breaks_off_is_no_answer() {
        user.play = request -> {
            request.response().putHeader("content-length", "100").write("half");
            user.vertx.setTimer(20, then -> request.connection().close());
        };
        assertThat(fetch(user.url("/")).content()).contains("broke off");
    }

    @Test
    void files_and_errors_are_told_as_such() {
        user.says(200, "application/pdf", "%PDF");
        assertThat(fetch(user.url("/")).content()).contains("no text, but application/pdf");
        user.says(404, "text/plain", "secret detail");
        assertThat(fetch(user.url("/"))).isEqualTo(new Tool.Result(false, "The server answered with status 404."));
    }
}
