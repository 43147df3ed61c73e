package io.gotthard.platform;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** The platform with an issuer that it believes, and a database that tests can look into. */
final class OidcPlatform implements AutoCloseable {

    static final String AUDIENCE = "gotthard";

    private final TestIssuer issuer;
    private final Postgres postgres;
    private final RunningPlatform platform;

    OidcPlatform(Path folder) throws IOException {
        issuer = TestIssuer.start();
        postgres = Postgres.start(Files.createDirectories(folder), step -> {});
        platform = RunningPlatform.start(
                """
                database_url: "%s"
                oidc:
                  - issuer: "%s"
                    audience: %s
                    client_id: %s
                    client_secret: "%s"
                    claims: {tenant: organisation, roles: [realm_access.roles, resource_access.gotthard.roles, groups]}
                    tenants: {physics: Physics, chemistry: Chemistry}
                    roles: {lab-user: Chat users, "/lab/heads": Heads}
                    administrators: [hub-admin]
                """.formatted(postgres.url(), issuer.name(), AUDIENCE, TestIssuer.CLIENT, TestIssuer.CLIENT_SECRET));
        change("insert into accounts.tenants (id, name) values ('ten_p', 'Physics'), ('ten_c', 'Chemistry')");
        change("insert into accounts.roles (id, tenant, name, rules) values "
                + "('rol_u', null, 'Chat users', '{gotthard.user.model.>}'), "
                + "('rol_h', 'ten_p', 'Heads', '{gotthard.admin.model.>}')");
    }

    TestIssuer issuer() {
        return issuer;
    }

    URI url() {
        // Keycloak and the mock are on localhost too.
        return URI.create("http://localhost:" + platform.url().getPort());
    }

    /** The claims of a good token; each is of somebody new. */
    JWTClaimsSet.Builder claims() {
        var now = Instant.now();
        return new JWTClaimsSet.Builder()
                .issuer(issuer.name())
                .audience(AUDIENCE)
                .subject(UUID.randomUUID().toString())
                .jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(now))
                .notBeforeTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(600)));
    }

    /** A token that is good but for what is changed in its claims. */
    String token(UnaryOperator<JWTClaimsSet.Builder> change) {
        return signed(issuer.key(), change.apply(claims()).build());
    }

    /** Claims, signed as the issuer signs. */
    static String signed(RSAKey key, JWTClaimsSet claims) {
        try {
            var jwt = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.RS256)
                            .keyID(key.getKeyID())
                            .build(),
                    claims);
            jwt.sign(new RSASSASigner(key));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Changes the database. */
    void change(String sql, Object... parameters) {
        query(sql, parameters);
    }

    /** The first column of what is found. */
    List<String> query(String sql, Object... parameters) {
        var url = URI.create(postgres.url());
        var user = url.getUserInfo().split(":");
        var jdbc = "jdbc:postgresql://" + url.getHost() + ":" + url.getPort() + url.getPath();
        try (var connection = DriverManager.getConnection(jdbc, user[0], user[1]);
                var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            var found = new ArrayList<String>();
            if (statement.execute()) {
                var rows = statement.getResultSet();
                while (rows.next()) {
                    found.add(rows.getString(1));
                }
            }
            return found;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        platform.close();
        postgres.close();
        issuer.close();
    }
}
