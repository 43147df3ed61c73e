package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Browsers log in at an issuer, use the native API by their cookie, and log out. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OidcLoginIT {

    private static final String SESSION = "gotthard-session";
    private static final String LOGIN = "gotthard-login";
    private static final String QUESTION = """
        {"messages": [{"role": "user", "content": "Grüezi"}], "stream": false}
        """;

    private OidcPlatform platform;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        platform = new OidcPlatform(folder.resolve("postgres"));
    }

    @AfterAll
    void stop() {
        platform.close();
    }

    private URI at(String path) {
        return platform.url().resolve(path);
    }

    private static URI location(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(303);
        return URI.create(response.headers().firstValue("location").orElseThrow());
    }

    /** Until the issuer sends the browser back to us. */
    private URI callback(Browser browser, String login) throws IOException {
        var back = platform.issuer().logIn(browser, location(browser.get(at(login))));
        assertThat(back.toString()).startsWith(at("/login/callback?").toString());
        return back;
    }

    private void logIn(Browser browser) throws IOException {
        location(browser.get(callback(browser, "/login")));
    }

    private int models(Browser browser) throws IOException {
        return browser.get(at("/api/v1/external/models")).statusCode();
    }

    private int chat(Browser browser, Map<String, String> headers) throws IOException {
        return browser.postJson(at("/api/v1/external/chat/completions"), headers, QUESTION)
                .statusCode();
    }

    @Test
    void a_browser_logs_in_uses_the_api_and_logs_out() throws IOException {
        try (var browser = new Browser()) {
            assertThat(models(browser)).isEqualTo(401);
            var callback = callback(browser, "/login?return_to=/portal/keys?page=2");
            var back = browser.get(callback);
            assertThat(back.headers().firstValue("location")).contains("/portal/keys?page=2");
            var cookie = back.headers().allValues("set-cookie").stream()
                    .filter(set -> set.startsWith(SESSION + "="))
                    .findFirst()
                    .orElseThrow();
            assertThat(cookie)
                    .containsIgnoringCase("; HttpOnly")
                    .contains("; SameSite=Lax", "; Path=/;", "; Max-Age=")
                    .doesNotContain("Domain");
            assertThat(browser.cookies(platform.url())).containsOnlyKeys(SESSION);
            assertThat(models(browser)).isEqualTo(200);
            assertThat(platform.query(
                            "select a.name || ' ' || r.role from accounts.sessions s join accounts.accounts a on a.id"
                                    + " = s.account join accounts.role_assignments r on r.account = a.id"))
                    .contains("Anna Muster rol_u");

            var me = browser.get(at("/api/v1/me"));
            assertThat(me.statusCode()).as(me.body()).isEqualTo(200);
            assertThat(me.body()).contains("Anna Muster", "ten_p");

            var session = browser.cookies(platform.url()).get(SESSION);
            assertThat(platform.query("select hash from accounts.sessions")).doesNotContain(session);
            var out = location(
                    browser.post(at("/logout"), Map.of("origin", platform.url().toString()), List.of()));
            assertThat(out.toString()).startsWith(platform.issuer().name()).contains("post_logout_redirect_uri=");
            assertThat(browser.cookies(platform.url())).isEmpty();
            browser.cookies(platform.url()).put(SESSION, session);
            assertThat(models(browser))
                    .as("the session is over, whoever kept its cookie")
                    .isEqualTo(401);
        }
    }

    @Test
    void other_sites_can_not_use_the_session() throws IOException {
        try (var browser = new Browser()) {
            logIn(browser);
            var own = platform.url().toString();
            assertThat(chat(browser, Map.of("origin", "https://evil.example"))).isEqualTo(403);
            assertThat(chat(browser, Map.of("origin", "null"))).isEqualTo(403);
            assertThat(chat(browser, Map.of("origin", own + ".evil.example"))).isEqualTo(403);
            assertThat(chat(browser, Map.of("sec-fetch-site", "cross-site"))).isEqualTo(403);
            assertThat(chat(browser, Map.of("sec-fetch-site", "same-site"))).isEqualTo(403);
            assertThat(chat(browser, Map.of()))
                    .as("nothing says where it comes from")
                    .isEqualTo(403);
            assertThat(chat(browser, Map.of("origin", own))).isNotIn(401, 403);
            assertThat(chat(browser, Map.of("sec-fetch-site", "same-origin"))).isNotIn(401, 403);
            var out = browser.post(at("/logout"), Map.of("origin", "https://evil.example"), List.of());
            assertThat(out.statusCode()).isEqualTo(403);
            assertThat(browser.get(at("/logout")).statusCode()).isIn(404, 405);
            assertThat(models(browser)).isEqualTo(200);
        }
    }

    @Test
    void a_session_is_for_the_native_api_only_and_is_no_key() throws IOException {
        try (var browser = new Browser()) {
            logIn(browser);
            assertThat(models(browser)).isEqualTo(200);
            assertThat(browser.get(at("/v1/models")).statusCode()).isEqualTo(401);
            var session = browser.cookies(platform.url()).get(SESSION);
            browser.cookies(platform.url()).clear();
            var asKey = browser.postJson(
                    at("/api/v1/external/chat/completions"), Map.of("authorization", "Bearer " + session), QUESTION);
            assertThat(asKey.statusCode()).isEqualTo(401);
        }
    }

    @Test
    void who_is_deactivated_is_out_at_once() throws Exception {
        try (var browser = new Browser()) {
            logIn(browser);
            assertThat(models(browser)).isEqualTo(200);
            platform.change("update accounts.accounts set active = false where name = 'Anna Muster'");
            try {
                Await.until("the answer has changed", Duration.ofMinutes(2), () -> models(browser) == 401);
                var again = browser.get(callback(browser, "/login"));
                assertThat(again.statusCode()).isEqualTo(401);
            } finally {
                platform.change("update accounts.accounts set active = true where name = 'Anna Muster'");
            }
        }
    }

    @Test
    void an_expired_session_is_none() throws Exception {
        try (var browser = new Browser()) {
            logIn(browser);
            platform.change("update accounts.sessions set expires_at = now() - interval '1 second'");
            Await.until("the answer has changed", Duration.ofMinutes(2), () -> models(browser) == 401);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example/",
                "//evil.example",
                "/%5Cevil.example",
                "/\\evil.example",
                "evil.example",
                "/%09/evil.example",
                "javascript:alert(1)",
                "/a%0d%0aset-cookie:x=y",
                "http:/evil.example"
            })
    void a_login_never_ends_on_another_site(String target) throws IOException {
        try (var browser = new Browser()) {
            var raw =
                    target.contains("%") ? target : target.replace("\\", "%5C").replace(":", "%3A");
            var answer = browser.get(URI.create(platform.url() + "/login?return_to=" + raw));
            assertThat(answer.statusCode()).isEqualTo(400);
        }
    }

    @Test
    void a_callback_is_only_good_in_the_browser_that_began_and_only_once() throws IOException {
        try (var browser = new Browser();
                var other = new Browser()) {
            var callback = callback(browser, "/login");
            assertThat(other.get(callback).statusCode())
                    .as("no login under way")
                    .isEqualTo(400);
            location(other.get(at("/login")));
            assertThat(other.get(callback).statusCode())
                    .as("another login under way")
                    .isEqualTo(400);
            var kept = browser.cookies(platform.url()).get(LOGIN);
            location(browser.get(callback));
            assertThat(browser.get(callback).statusCode()).isEqualTo(400);
            browser.cookies(platform.url()).put(LOGIN, kept);
            assertThat(browser.get(callback).statusCode())
                    .as("the issuer's code is used up")
                    .isEqualTo(400);
        }
    }

    @Test
    void a_callback_with_another_state_or_without_a_code_fails() throws IOException {
        try (var browser = new Browser()) {
            var callback = callback(browser, "/login").toString();
            assertThat(browser.get(URI.create(callback.replace("state=", "state=x")))
                            .statusCode())
                    .isEqualTo(400);
            location(browser.get(at("/login")));
            assertThat(browser.get(at("/login/callback?error=access_denied")).statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void the_issuer_is_asked_with_state_nonce_and_pkce() throws IOException {
        try (var browser = new Browser()) {
            var page = location(browser.get(at("/login")));
            assertThat(page.getQuery())
                    .contains("response_type=code", "code_challenge_method=S256", "client_id=" + TestIssuer.CLIENT)
                    .containsPattern("state=[A-Za-z0-9_-]{43}")
                    .containsPattern("nonce=[A-Za-z0-9_-]{43}")
                    .containsPattern("code_challenge=[A-Za-z0-9_-]{43}")
                    .doesNotContain(TestIssuer.CLIENT_SECRET);
            assertThat(browser.get(at("/login?issuer=https://issuer.example")).statusCode())
                    .isEqualTo(404);
        }
    }
}
