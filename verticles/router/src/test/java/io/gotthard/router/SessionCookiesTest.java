package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionCookiesTest {

    private static final String HUB = "https://hub.example.org";

    private Vertx vertx;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void stop() throws TimeoutException {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    /** What a server with these cookies answers: the session it read, the status of a foreign page, and a new cookie. */
    private HttpClientResponse ask(String publicUrl, HttpMethod method, Map<String, String> headers)
            throws TimeoutException {
        var cookies = new SessionCookies(publicUrl);
        var server = vertx.createHttpServer()
                .requestHandler(request -> {
                    var response = request.response();
                    try {
                        cookies.refuseForeignPages(request);
                        response.putHeader("read", String.valueOf(cookies.session(request)));
                        response.putHeader("site", cookies.origin(request));
                        cookies.setSession(response, "new", 60);
                        response.end();
                    } catch (Failure failure) {
                        response.setStatusCode(failure.status()).end();
                    }
                })
                .listen(0, "127.0.0.1")
                .await(20, TimeUnit.SECONDS);
        var options =
                new RequestOptions().setMethod(method).setHost("127.0.0.1").setPort(server.actualPort());
        headers.forEach(options::addHeader);
        return vertx.createHttpClient()
                .request(options)
                .compose(request -> request.send())
                .await(20, TimeUnit.SECONDS);
    }

    @Test
    void with_https_only_this_host_can_set_the_cookie_and_only_https_carries_it() throws TimeoutException {
        var answer =
                ask(HUB, HttpMethod.GET, Map.of("cookie", "gotthard-session=planted; __Host-gotthard-session=ours"));
        assertThat(answer.getHeader("read")).isEqualTo("ours");
        assertThat(answer.getHeader("set-cookie"))
                .startsWith("__Host-gotthard-session=new;")
                .contains("; Secure", "; Path=/", "; SameSite=Lax")
                .containsIgnoringCase("; HttpOnly")
                .doesNotContain("Domain");
    }

    @Test
    void a_cookie_without_the_prefix_is_not_read_with_https() throws TimeoutException {
        var answer = ask(HUB, HttpMethod.GET, Map.of("cookie", "gotthard-session=planted"));
        assertThat(answer.getHeader("read")).isEqualTo("null");
    }

    @Test
    void a_host_that_the_client_invents_is_not_believed() throws TimeoutException {
        assertThat(ask(null, HttpMethod.GET, Map.of("host", "evil.example")).statusCode())
                .isEqualTo(400);
        assertThat(ask(null, HttpMethod.GET, Map.of("host", "localhost.evil.example"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(ask(null, HttpMethod.GET, Map.of("host", "localhost:1@evil.example"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(ask(HUB, HttpMethod.GET, Map.of("host", "evil.example")).getHeader("site"))
                .isEqualTo(HUB);
    }

    @Test
    void what_changes_something_comes_from_our_own_pages() throws TimeoutException {
        assertThat(ask(HUB, HttpMethod.POST, Map.of("origin", HUB)).statusCode())
                .isEqualTo(200);
        assertThat(ask(HUB, HttpMethod.POST, Map.of("origin", "http://hub.example.org"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(ask(HUB, HttpMethod.POST, Map.of("origin", HUB + ":8443")).statusCode())
                .isEqualTo(403);
        assertThat(ask(HUB, HttpMethod.DELETE, Map.of()).statusCode()).isEqualTo(403);
        assertThat(ask(HUB, HttpMethod.PATCH, Map.of("origin", "null", "sec-fetch-site", "same-origin"))
                        .statusCode())
                .isEqualTo(403);
    }
}
