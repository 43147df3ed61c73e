package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.kit.Database;
import io.gotthard.platform.MatrixWorld.Credential;
import io.gotthard.platform.MatrixWorld.Role;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every operation of every contract, asked by everyone with everything, against the running platform with its built-in demo. What
 * comes of it is {@code docs/permissions.md}, and this fails if it is not. To write that file anew:
 *
 * <pre>mvn verify -pl verticles/platform -am -Dtest=None -Dit.test=PermissionMatrixIT -Dpermissions=write \
 *     -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false</pre>
 */
class PermissionMatrixIT {

    private static final Path REPOSITORY = HouseRules.repository(Path.of(""));
    private static final Path TABLE = REPOSITORY.resolve("docs/permissions.md");
    private static final int AT_ONCE = 4;

    @TempDir
    private static Path folder;

    private static TestIssuer issuer;
    private static Postgres postgres;
    private static Vertx vertx;
    private static Database database;
    private static Gotthard gotthard;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        issuer = new MockIssuer();
        postgres = Postgres.start(folder.resolve("data"), line -> {});
        var file =
                Files.writeString(folder.resolve("gotthard.yaml"), """
                    external: {model: demo-chat}
                    oidc: [{issuer: "%s", audience: %s}]
                    """.formatted(issuer.name(), OidcPlatform.AUDIENCE));
        gotthard = Gotthard.start(
                Map.of(
                        "GOTTHARD_HOST",
                        "127.0.0.1",
                        "GOTTHARD_PORT",
                        "0",
                        "GOTTHARD_DATA",
                        folder.resolve("node").toString(),
                        "GOTTHARD_DATABASE_URL",
                        postgres.url(),
                        "GOTTHARD_CONFIG",
                        file.toString(),
                        "GOTTHARD_ADMIN_KEY",
                        RunningPlatform.KEY),
                step -> {});
        vertx = Vertx.vertx();
        database = Database.open(vertx, postgres.url());
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        client.close();
        database.close().await();
        vertx.close().await();
        gotthard.close();
        postgres.close();
        issuer.close();
    }

    @Test
    void who_may_do_what_is_as_documented() throws Exception {
        var table = new StringBuilder(introduction());
        for (var entry : contracts().entrySet()) {
            table.append("\n## ")
                    .append(entry.getKey())
                    .append("\n\n| operation | needs | no credential | ")
                    .append(Arrays.stream(Role.values()).map(role -> role.shown).collect(Collectors.joining(" | ")))
                    .append(" |\n|---|---|---")
                    .append("|---".repeat(Role.values().length))
                    .append("|\n");
            for (var operation : MatrixOperation.of(entry.getValue())) {
                table.append(row(operation));
            }
        }
        if ("write".equals(System.getProperty("permissions"))) {
            Files.writeString(TABLE, table);
        }
        var documented = Files.readAllLines(TABLE);
        var found = table.toString().lines().toList();
        assertThat(difference(documented, found))
                .as("docs/permissions.md is not what the platform does; - documented, + found")
                .isEmpty();
        assertThat(found).as("the order of docs/permissions.md").isEqualTo(documented);
    }

    private static List<String> difference(List<String> documented, List<String> found) {
        var lines = new ArrayList<String>();
        documented.stream().filter(line -> !found.contains(line)).forEach(line -> lines.add("- " + line));
        found.stream().filter(line -> !documented.contains(line)).forEach(line -> lines.add("+ " + line));
        return lines;
    }

    private static String introduction() {
        return """
            # Who may do what

            Each row is an operation, and each number the status of its answer, for a request made of the contract's examples. It is
            about things in one tenant, and who asks has in that tenant no role, a role with `gotthard.user.>`, or one with
            `gotthard.admin.>`; or is an administrator of another tenant, or of the system. They ask, in this order, with

            1. a key that may do all that they may,
            2. a key with the scope `gotthard.user.model.demo-chat`,
            3. a key that is bound to the model `demo-chat`,
            4. a key that expired,
            5. a key that was revoked,
            6. a token of an OpenID Connect issuer,
            7. the cookie of a browser's session, from a page of ours; it is good for the native API only.

            This file is written by a test, `PermissionMatrixIT`, which asks a running platform and fails if an answer is another one;
            it says how to write it anew.
            """;
    }

    /** Those in the repository; so one that the router does not mount is noticed. */
    private static Map<String, JsonObject> contracts() throws Exception {
        var contracts = new LinkedHashMap<String, JsonObject>();
        try (var files = Files.list(REPOSITORY.resolve("openapi"))) {
            for (var name : files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .sorted()
                    .toList()) {
                var path = "/openapi/" + name.replace(".yaml", ".json");
                var answer = send(HttpRequest.newBuilder(gotthard.url().resolve(path)));
                assertThat(answer.statusCode()).as(path).isEqualTo(200);
                contracts.put(name, new JsonObject(answer.body()));
            }
        }
        return contracts;
    }

    private static String row(MatrixOperation operation) throws Exception {
        var columns = new ArrayList<String>();
        columns.add(operation.method() + " " + operation.path());
        columns.add(operation.requires());
        columns.add(Integer.toString(
                status(operation, new MatrixWorld(database, issuer, Role.NONE, Credential.KEY), false)));
        var cells = new ArrayList<Callable<Integer>>();
        for (var role : Role.values()) {
            for (var credential : Credential.values()) {
                cells.add(() -> status(operation, new MatrixWorld(database, issuer, role, credential), true));
            }
        }
        // Of two who have the ledger verified at the same time one is refused, whoever they are.
        int atOnce = operation.path().equals("/api/v1/usage/verify") ? 1 : AT_ONCE;
        try (var threads = Executors.newFixedThreadPool(atOnce)) {
            var statuses = threads.invokeAll(cells);
            for (int at = 0; at < statuses.size(); at += Credential.values().length) {
                columns.add(statuses.subList(at, at + Credential.values().length).stream()
                        .map(Future::resultNow)
                        .map(Object::toString)
                        .collect(Collectors.joining(" ")));
            }
        }
        return "| " + String.join(" | ", columns) + " |\n";
    }

    private static int status(MatrixOperation operation, MatrixWorld world, boolean withKey) throws Exception {
        var target = URI.create(gotthard.url() + world.fill(operation.target()));
        var body = operation.body() == null
                ? BodyPublishers.noBody()
                : BodyPublishers.ofString(operation.encoded(world.fill(operation.body())));
        var request = HttpRequest.newBuilder(target).method(operation.method(), body);
        if (operation.body() != null) {
            request.header("content-type", operation.contentType());
        }
        operation.headers().forEach(request::header);
        if (withKey) {
            world.identify(request);
        }
        // Some answers don't end by themselves.
        var answer = client.send(request.build(), BodyHandlers.ofInputStream());
        answer.body().close();
        return answer.statusCode();
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
