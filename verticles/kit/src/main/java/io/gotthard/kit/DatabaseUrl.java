package io.gotthard.kit;

import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.TrustManagerFactory;

/** Where a PostgreSQL is and who connects to it, for both drivers: Vert.x's, and the JDBC driver that Flyway needs. */
record DatabaseUrl(String host, int port, String database, String user, String password, SslMode ssl) {

    /** No part may hold a delimiter of a later part, so that a password that was not encoded is noticed. */
    private static final Pattern URL = Pattern.compile(
            "postgres(?:ql)?://(?<user>[^:/?#@\\s]+)(?::(?<password>[^:/?#@\\s]*))?@(?<host>\\[[0-9a-fA-F:.]+]|[^:/?#@\\s\\[\\]]+)"
                + "(?::(?<port>\\d{1,5}))?/(?<database>[^/?#@\\s]+)(?:\\?(?<options>[^?#\\s]*))?");

    private static final String FORM =
            "a database URL has the form postgresql://user:password@host:port/database, where special characters in"
                    + " user and password are percent-encoded (@ is %40), and may end with ?sslmode=disable, prefer,"
                    + " require or verify-full";

    /** @throws IllegalArgumentException if the text is no such URL; the message does not repeat it, for the password's sake */
    static DatabaseUrl parse(String text) {
        Matcher matcher = URL.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(FORM);
        }
        int port = Optional.ofNullable(matcher.group("port"))
                .map(Integer::parseInt)
                .orElse(5432);
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("a database URL's port is between 1 and 65535");
        }
        String host = matcher.group("host");
        return new DatabaseUrl(
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                port,
                decoded(matcher.group("database")),
                decoded(matcher.group("user")),
                decoded(Optional.ofNullable(matcher.group("password")).orElse("")),
                ssl(matcher.group("options")));
    }

    private static SslMode ssl(String options) {
        return switch (options) {
            case null -> SslMode.DISABLE;
            case "", "sslmode=disable" -> SslMode.DISABLE;
            case "sslmode=prefer" -> SslMode.PREFER;
            case "sslmode=require" -> SslMode.REQUIRE;
            case "sslmode=verify-full" -> SslMode.VERIFY_FULL;
            default -> throw new IllegalArgumentException(FORM);
        };
    }

    /** Percent-decoded; other than in a form, a plus is a plus. */
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // Its own message would quote a part of the password.
            throw new IllegalArgumentException(FORM);
        }
    }

    /** For Vert.x's driver. */
    PgConnectOptions connectOptions() {
        PgConnectOptions options = new PgConnectOptions()
                .setHost(host)
                .setPort(port)
                .setDatabase(database)
                .setUser(user)
                .setPassword(password)
                .setSslMode(ssl)
                .addProperty("application_name", "gotthard")
                .setCachePreparedStatements(true);
        if (ssl == SslMode.VERIFY_FULL) {
            options.setSslOptions(new ClientSSLOptions()
                    .setTrustOptions(trustedByThisJvm())
                    .setHostnameVerificationAlgorithm("HTTPS"));
        } else if (ssl != SslMode.DISABLE) {
            // As everywhere with PostgreSQL, these two modes encrypt but do not ask who is there.
            options.setSslOptions(new ClientSSLOptions().setTrustAll(true).setHostnameVerificationAlgorithm(""));
        }
        return options;
    }

    /** For the JDBC driver: user and password are given to it apart, so that its messages cannot hold them. */
    String jdbc() {
        String authority = (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        String name = URLEncoder.encode(database, StandardCharsets.UTF_8).replace("+", "%20");
        String mode = ssl == SslMode.VERIFY_FULL ? "verify-full" : ssl.name().toLowerCase(Locale.ROOT);
        String trust = ssl == SslMode.VERIFY_FULL ? "&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory" : "";
        return "jdbc:postgresql://" + authority + "/" + name + "?connectTimeout=5&loginTimeout=10&sslmode=" + mode
                + trust;
    }

    private static TrustOptions trustedByThisJvm() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            return TrustOptions.wrap(factory.getTrustManagers()[0]);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM's trusted certificates cannot be read", e);
        }
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "postgresql://" + user + "@" + host + ":" + port + "/" + database;
    }
}
