package io.gotthard.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.kit.Settings;
import io.gotthard.kit.SettingsException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OidcIssuerTest {

    private static OidcIssuer read(String yaml) {
        return Settings.read(OidcIssuer.class, yaml, "test.yaml", name -> null);
    }

    private static OidcIssuer with(String more) {
        return read("issuer: https://sso.example.org/realms/main\naudience: gotthard\n" + more);
    }

    @Test
    void an_issuer_and_an_audience_suffice() {
        var issuer = with("");
        assertThat(issuer.algorithms()).containsExactly("RS256", "ES256");
        assertThat(issuer.clockSkew()).isEqualTo(Duration.ofSeconds(30));
        assertThat(issuer.claims().subject()).isEqualTo("sub");
        assertThat(issuer.clientId()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://sso.example.org", "ftp://sso.example.org", "https://user@sso.example.org", "sso.example.org",
                "http://localhost.example.org", "http://127.0.0.1.example.org", "https://", "https://a b"
            })
    void an_issuer_whom_somebody_on_the_way_could_play_is_refused(String name) {
        assertThatThrownBy(() -> read("issuer: \"" + name + "\"\naudience: gotthard\n"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("https");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "HS256", "HS512", "rs256", "RS1"})
    void an_algorithm_that_proves_nothing_is_refused(String algorithm) {
        assertThatThrownBy(() -> with("algorithms: [RS256, " + algorithm + "]\n"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("algorithms can be ES256");
    }

    @Test
    void a_secret_is_in_no_text() {
        assertThat(with("client_id: portal\nclient_secret: sesame\n").toString())
                .doesNotContain("sesame");
    }

    @Test
    void a_clock_may_not_be_far_off() {
        assertThatThrownBy(() -> with("clock_skew: 1h\n")).isInstanceOf(SettingsException.class);
    }

    @Test
    void claims_are_found_inside_claims_whatever_dots_are_in_their_names() {
        var token = new JsonObject()
                .put(
                        "realm_access",
                        new JsonObject()
                                .put("roles", new JsonArray().add("a").add(7).add("b")))
                .put(
                        "resource_access",
                        new JsonObject().put("my.client", new JsonObject().put("roles", new JsonArray().add("c"))))
                .put("https://hub.example/groups", "d");
        assertThat(OidcClaims.texts(token, "realm_access.roles")).containsExactly("a", "b");
        assertThat(OidcClaims.texts(token, "resource_access.my.client.roles")).containsExactly("c");
        assertThat(OidcClaims.texts(token, "https://hub.example/groups")).containsExactly("d");
        assertThat(OidcClaims.texts(token, "realm_access")).isEmpty();
        assertThat(OidcClaims.texts(token, "nobody.roles")).isEmpty();
        assertThat(OidcClaims.texts(token, null)).isEmpty();
    }

    @Test
    void only_keys_that_can_check_signatures_are_kept() {
        var weak = "_" + "A".repeat(170);
        var strong = "_" + "A".repeat(341);
        var keys = new JsonArray(List.of(
                new JsonObject().put("kty", "oct").put("kid", "symmetric").put("k", strong),
                new JsonObject()
                        .put("kty", "RSA")
                        .put("kid", "weak")
                        .put("n", weak)
                        .put("e", "AQAB"),
                new JsonObject()
                        .put("kty", "RSA")
                        .put("kid", "encryption")
                        .put("use", "enc")
                        .put("n", strong)
                        .put("e", "AQAB"),
                new JsonObject().put("kty", "RSA").put("n", strong).put("e", "AQAB"),
                new JsonObject()
                        .put("kty", "RSA")
                        .put("kid", "good")
                        .put("n", strong)
                        .put("e", "AQAB")
                        .put("x5c", "x"),
                new JsonObject()
                        .put("kty", "EC")
                        .put("kid", "curve")
                        .put("crv", "P-256")
                        .put("x", "AA")
                        .put("y", "AA")));
        var found = SigningKey.all(new JsonObject().put("keys", keys));
        assertThat(found).containsOnlyKeys("good", "curve");
        assertThat(found.get("good").jwk().fieldNames()).containsExactlyInAnyOrder("kty", "kid", "n", "e");
        assertThat(found.get("good").fits("RS256")).isTrue();
        assertThat(found.get("good").fits("ES256")).isFalse();
        assertThat(found.get("good").fits("HS256")).isFalse();
        assertThat(found.get("curve").fits("ES256")).isTrue();
        assertThat(found.get("curve").fits("ES384")).isFalse();
        assertThat(SigningKey.all(new JsonObject().put("keys", "none"))).isEmpty();
    }

    @Test
    void what_a_login_is_about_can_not_be_exchanged() {
        var begun = LoginSecret.random("https://sso.example.org", "/portal");
        var back = LoginSecret.of(begun.text(), "https://sso.example.org", "/portal");
        assertThat(back.isState(begun.state())).isTrue();
        assertThat(back.nonce()).isEqualTo(begun.nonce()).isNotEqualTo(begun.verifier());
        assertThat(LoginSecret.of(begun.text(), "https://sso.example.org", "/other")
                        .isState(begun.state()))
                .isFalse();
        assertThat(LoginSecret.of(begun.text(), "https://evil.example", "/portal")
                        .isState(begun.state()))
                .isFalse();
        assertThat(begun.toString()).doesNotContain(begun.text());
    }
}
