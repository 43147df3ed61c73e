package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tokens of an OpenID Connect issuer, good ones and others; see {@link TestIssuer} for the issuers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OidcIT {

    private final HttpClient client = HttpClient.newHttpClient();
    private OidcPlatform platform;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        platform = new OidcPlatform(folder.resolve("postgres"));
    }

    @AfterAll
    void stop() {
        client.close();
        platform.close();
    }

    private HttpResponse<String> ask(String token) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(platform.url().resolve("/v1/models"))
                .timeout(Duration.ofSeconds(30))
                .header("authorization", "Bearer " + token)
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    private List<String> account(String subject, String column) {
        return platform.query(
                "select a." + column + " from accounts.identities i "
                        + "join accounts.accounts a on a.id = i.account where i.subject = ?",
                subject);
    }

    private List<String> roles(String subject) {
        return platform.query(
                "select r.tenant || ' ' || r.role from accounts.identities i "
                        + "join accounts.role_assignments r on r.account = i.account where i.subject = ? order by 1",
                subject);
    }

    Stream<BadTokens.Bad> badTokens() {
        return new BadTokens(platform).all();
    }

    @ParameterizedTest
    @MethodSource("badTokens")
    void a_bad_token_is_refused_without_saying_why(BadTokens.Bad token) throws Exception {
        var refused = ask(token.forgery().token());
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.body())
                .as("what is wrong is not told")
                .isEqualTo(ask("not-a-key-0123456789").body());
    }

    @Test
    void who_comes_first_becomes_a_user_with_the_roles_of_the_claims() throws Exception {
        var subject = UUID.randomUUID().toString();
        var token = platform.token(c -> c.subject(subject)
                .claim("name", "Berta Beispiel")
                .claim("email", subject + "@physics.example")
                .claim("email_verified", true)
                .claim("organisation", "physics")
                .claim("realm_access", Map.of("roles", List.of("lab-user", "offline_access")))
                .claim("groups", List.of("/lab/heads", "/other")));
        assertThat(ask(token).statusCode()).isEqualTo(200);
        assertThat(account(subject, "name")).containsExactly("Berta Beispiel");
        assertThat(account(subject, "email")).containsExactly(subject + "@physics.example");
        assertThat(account(subject, "administrator")).containsExactly("f");
        assertThat(roles(subject)).containsExactly("ten_p rol_h", "ten_p rol_u");
        assertThat(platform.query(
                        "select action from accounts.audit where object = ?",
                        account(subject, "id").getFirst()))
                .containsExactly("createUser");
    }

    @Test
    void the_claims_of_the_next_token_change_the_roles_and_those_of_an_older_one_do_not() throws Exception {
        var subject = UUID.randomUUID().toString();
        var first = platform.claims()
                .subject(subject)
                .issueTime(Date.from(Instant.now().plusSeconds(-20)))
                .claim("organisation", List.of("physics", "chemistry"))
                .claim("resource_access", Map.of("gotthard", Map.of("roles", List.of("lab-user"))));
        assertThat(ask(OidcPlatform.signed(platform.issuer().key(), first.build()))
                        .statusCode())
                .isEqualTo(200);
        assertThat(roles(subject)).containsExactly("ten_c rol_u", "ten_p rol_u");
        var account = account(subject, "id").getFirst();
        platform.change("insert into accounts.role_assignments values (?, 'ten_p', 'rol_h')", account);

        assertThat(ask(platform.token(c -> c.subject(subject).claim("organisation", "physics")))
                        .statusCode())
                .isEqualTo(200);
        assertThat(roles(subject)).as("what was given by hand stays").containsExactly("ten_p rol_h");

        var older = first.jwtID("older").build();
        assertThat(ask(OidcPlatform.signed(platform.issuer().key(), older)).statusCode())
                .isEqualTo(200);
        assertThat(roles(subject)).containsExactly("ten_p rol_h");
    }

    @Test
    void an_administrator_by_claims_is_none_any_more_without_them() throws Exception {
        var subject = UUID.randomUUID().toString();
        var now = Instant.now();
        ask(platform.token(c -> c.subject(subject).claim("groups", List.of("hub-admin"))));
        assertThat(account(subject, "administrator")).containsExactly("t");
        ask(platform.token(c -> c.subject(subject).issueTime(Date.from(now.plusSeconds(1)))));
        assertThat(account(subject, "administrator")).containsExactly("f");
    }

    @Test
    void an_unverified_address_does_not_make_one_somebody_else() throws Exception {
        var id = "usr_" + UUID.randomUUID();
        var email = UUID.randomUUID() + "@physics.example";
        platform.change(
                "insert into accounts.accounts (id, kind, email, name) values (?, 'user', ?, 'Invited')", id, email);
        var stranger = UUID.randomUUID().toString();
        assertThat(ask(platform.token(c -> c.subject(stranger).claim("email", email)))
                        .statusCode())
                .isEqualTo(200);
        assertThat(account(stranger, "id")).hasSize(1).doesNotContain(id);
        assertThat(account(stranger, "email")).containsExactly((String) null);

        var invited = UUID.randomUUID().toString();
        ask(platform.token(c -> c.subject(invited).claim("email", email).claim("email_verified", true)));
        assertThat(account(invited, "id")).containsExactly(id);
    }

    @Test
    void who_is_deactivated_is_refused_with_old_and_new_tokens() throws Exception {
        var subject = UUID.randomUUID().toString();
        var token = platform.token(c -> c.subject(subject));
        assertThat(ask(token).statusCode()).isEqualTo(200);
        platform.change(
                "update accounts.accounts set active = false where id = ?",
                account(subject, "id").getFirst());
        Await.until(
                "the answer has changed",
                Duration.ofMinutes(2),
                () -> ask(token).statusCode() == 401);
        assertThat(ask(platform.token(c -> c.subject(subject))).statusCode()).isEqualTo(401);
    }

    @Test
    void fifty_first_requests_at_once_make_one_user() {
        var subject = UUID.randomUUID().toString();
        var statuses = IntStream.range(0, 50).parallel().mapToObj(i -> {
            try {
                return ask(platform.token(c -> c.subject(subject).claim("organisation", "physics")))
                        .statusCode();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(statuses).containsOnly(200);
        assertThat(account(subject, "id")).hasSize(1);
    }

    @Test
    void a_new_key_is_found_and_the_old_one_is_not_needed() throws Exception {
        assertThat(ask(platform.token(c -> c)).statusCode()).isEqualTo(200);
        platform.issuer().rotate();
        // The other tests' unknown keys may just have used up how often the issuer is asked.
        Await.until(
                "the answer has changed",
                Duration.ofMinutes(2),
                () -> ask(platform.token(c -> c)).statusCode() == 200);
    }

    @Test
    void while_the_issuer_is_down_tokens_by_known_keys_are_good() throws Exception {
        assertThat(ask(platform.token(c -> c)).statusCode()).isEqualTo(200);
        platform.issuer().pause();
        try {
            assertThat(ask(platform.token(c -> c)).statusCode()).isEqualTo(200);
            assertThat(ask(OidcPlatform.signed(
                                    BadTokens.otherKey("new"), platform.claims().build()))
                            .statusCode())
                    .isEqualTo(401);
        } finally {
            platform.issuer().resume();
        }
    }
}
