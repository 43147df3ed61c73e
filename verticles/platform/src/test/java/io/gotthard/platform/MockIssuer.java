package io.gotthard.platform;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.OAuth2Config;
import no.nav.security.mock.oauth2.http.NettyWrapper;
import no.nav.security.mock.oauth2.token.KeyProvider;
import no.nav.security.mock.oauth2.token.OAuth2TokenProvider;

/** The issuer {@code mock-oauth2-server}. */
final class MockIssuer implements TestIssuer {

    private static final String CLAIMS = """
        {"email": "anna@physics.example", "email_verified": true, "name": "Anna Muster", "organisation": "physics",
         "realm_access": {"roles": ["lab-user", "offline_access"]}}
        """;

    private final Keys keys = new Keys();
    private final MockOAuth2Server server;
    /** In front of the server: what can't be reached keeps its port for when it can be again. */
    private final Detour detour;

    /** One key at a time, which can be exchanged. */
    private static final class Keys extends KeyProvider {

        private volatile RSAKey current = generate();

        @Override
        public JWK signingKey(String issuerId) {
            return current;
        }

        private static RSAKey generate() {
            try {
                return new RSAKeyGenerator(2048)
                        .keyID(UUID.randomUUID().toString())
                        .algorithm(JWSAlgorithm.RS256)
                        .generate();
            } catch (JOSEException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    MockIssuer() throws IOException {
        server = new MockOAuth2Server(new OAuth2Config(
                true, null, null, false, new OAuth2TokenProvider(keys), Set.of(), new NettyWrapper(null)));
        server.start(InetAddress.getByName("localhost"), 0);
        detour = Detour.to(server.issuerUrl("lab").port());
    }

    @Override
    public String name() {
        return "http://localhost:" + detour.port() + "/lab";
    }

    @Override
    public RSAKey key() {
        return keys.current;
    }

    @Override
    public void rotate() {
        keys.current = Keys.generate();
    }

    @Override
    public void pause() {
        detour.cut();
    }

    @Override
    public void resume() {
        detour.mend();
    }

    @Override
    public URI logIn(Browser browser, URI page) throws IOException {
        var shown = browser.get(page);
        if (shown.statusCode() != 200 || !shown.body().contains("<form")) {
            throw new IOException("no login page but " + shown.statusCode() + ": " + shown.body());
        }
        var sent = browser.post(page, Map.of(), List.of(Map.entry("username", USER), Map.entry("claims", CLAIMS)));
        return page.resolve(sent.headers().firstValue("location").orElseThrow());
    }

    @Override
    public void close() {
        detour.close();
        server.shutdown();
    }
}
