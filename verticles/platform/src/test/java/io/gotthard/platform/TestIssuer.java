package io.gotthard.platform;

import com.nimbusds.jose.jwk.RSAKey;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/** A real OpenID Connect server whose private key the tests know, so that they can sign what it never would. */
interface TestIssuer extends AutoCloseable {

    /** Our name and password there. */
    String CLIENT = "portal";

    String CLIENT_SECRET = "portal-secret-0123456789";

    /** Somebody who can log in there, with the roles {@code lab-user}; what they type is the same twice. */
    String USER = "anna";

    /** The mock, or Keycloak's own distribution if the variable {@code GOTTHARD_TEST_KEYCLOAK} names its folder. */
    static TestIssuer start() throws IOException {
        var keycloak = System.getenv("GOTTHARD_TEST_KEYCLOAK");
        return keycloak == null || keycloak.isBlank() ? new MockIssuer() : new KeycloakIssuer(Path.of(keycloak));
    }

    /** What it calls itself. */
    String name();

    /** The key that it signs with, its private part included. */
    RSAKey key();

    /** From now on it signs with another key, and publishes that. */
    void rotate() throws IOException;

    /** It can't be reached until {@link #resume}. */
    void pause() throws IOException;

    /** It can be reached again. */
    void resume() throws IOException;

    /** Logs {@link #USER} in on the page that a browser was sent to; where the browser is sent then. */
    URI logIn(Browser browser, URI page) throws IOException;

    @Override
    void close();
}
