package io.gotthard.platform;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Keycloak from its own distribution, in memory, with a realm whose private key is ours. It is started anew after each pause, with the
 * key that it had.
 */
final class KeycloakIssuer implements TestIssuer {

    private static final String ADMIN = "admin";
    private static final Pattern ACTION = Pattern.compile("action=\"([^\"]+)\"");

    private final Path folder;
    private final int port;
    private RSAKey signing = generate();
    private Process process;

    KeycloakIssuer(Path folder) throws IOException {
        this.folder = folder;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        resume();
    }

    private static RSAKey generate() {
        try {
            return new RSAKeyGenerator(2048).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(RSAKey key) {
        try {
            return Base64.getEncoder().encodeToString(key.toRSAPrivateKey().getEncoded());
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private URI at(String path) {
        return URI.create("http://localhost:" + port + path);
    }

    @Override
    public String name() {
        return at("/realms/gotthard").toString();
    }

    @Override
    public RSAKey key() {
        return signing;
    }

    @Override
    public void resume() throws IOException {
        var realm = Files.createDirectories(folder.resolve("data/import")).resolve("gotthard-realm.json");
        try (var template = KeycloakIssuer.class.getResourceAsStream("/keycloak/realm.json")) {
            var text = new String(template.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("$PRIVATE_KEY", base64(signing))
                    .replace("$CLIENT_SECRET", CLIENT_SECRET)
                    .replace("$CLIENT", CLIENT)
                    .replace("$USER", USER);
            Files.writeString(realm, text);
        }
        var command = new ProcessBuilder(
                        folder.resolve("bin/kc.sh").toString(),
                        "start-dev",
                        "--db=dev-mem",
                        "--import-realm",
                        "--http-port=" + port)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(folder.resolve("keycloak.log").toFile()));
        command.environment().put("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN);
        command.environment().put("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN);
        process = command.start();
        try (var browser = new Browser()) {
            Await.until("Keycloak is up", Duration.ofMinutes(2), () -> {
                if (!process.isAlive()) {
                    throw new IOException("Keycloak ended; see keycloak.log in " + folder);
                }
                return answers(browser);
            });
            learnKeyId(browser);
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private boolean answers(Browser browser) throws IOException {
        try {
            return browser.get(URI.create(name())).statusCode() == 200;
        } catch (ConnectException e) {
            return false;
        }
    }

    /** Keycloak names keys by itself. */
    private void learnKeyId(Browser browser) throws IOException, ParseException {
        var published = JWKSet.parse(browser.get(URI.create(name() + "/protocol/openid-connect/certs"))
                .body());
        for (var each : published.getKeys()) {
            if (each instanceof RSAKey rsa && rsa.getModulus().equals(signing.getModulus())) {
                signing = new RSAKey.Builder(signing).keyID(rsa.getKeyID()).build();
            }
        }
        if (signing.getKeyID() == null) {
            throw new IOException("Keycloak does not publish the key that it was given");
        }
    }

    @Override
    public void rotate() throws IOException {
        try (var browser = new Browser()) {
            var token = new JsonObject(browser.post(
                            at("/realms/master/protocol/openid-connect/token"),
                            Map.of(),
                            List.of(
                                    Map.entry("grant_type", "password"),
                                    Map.entry("client_id", "admin-cli"),
                                    Map.entry("username", ADMIN),
                                    Map.entry("password", ADMIN)))
                    .body());
            signing = generate();
            var key = new JsonObject()
                    .put("name", "the next one")
                    .put("providerId", "rsa")
                    .put("providerType", "org.keycloak.keys.KeyProvider")
                    .put(
                            "config",
                            new JsonObject()
                                    .put("privateKey", new JsonArray().add(base64(signing)))
                                    .put("priority", new JsonArray().add("200")));
            var made = browser.postJson(
                    at("/admin/realms/gotthard/components"),
                    Map.of("authorization", "Bearer " + token.getString("access_token")),
                    key.encode());
            if (made.statusCode() != 201) {
                throw new IOException("Keycloak takes no new key: " + made.statusCode() + " " + made.body());
            }
            learnKeyId(browser);
        } catch (ParseException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void pause() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Keycloak does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public URI logIn(Browser browser, URI page) throws IOException {
        var shown = browser.get(page);
        if (shown.statusCode() == 302) {
            // It remembers the browser.
            return URI.create(shown.headers().firstValue("location").orElseThrow());
        }
        var action = ACTION.matcher(shown.body());
        if (!action.find()) {
            throw new IOException("no login page but " + shown.statusCode() + ": " + shown.body());
        }
        var form = List.of(Map.entry("username", USER), Map.entry("password", USER));
        var sent = browser.post(URI.create(action.group(1).replace("&amp;", "&")), Map.of(), form);
        return URI.create(sent.headers()
                .firstValue("location")
                .orElseThrow(() -> new UncheckedIOException(new IOException("not logged in: " + sent.body()))));
    }

    @Override
    public void close() {
        pause();
    }
}
