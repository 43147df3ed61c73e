package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** There is always an administrator. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LastAdministratorIT {

    private static final String BOOTSTRAP = "/service-accounts/administrator";

    @TempDir
    private Path temp;

    @Test
    void also_if_all_of_them_resign_at_the_same_time() throws Exception {
        try (var nodes = TwoNodes.start(temp)) {
            var admin = nodes.admin();
            var users = Stream.of("k", "l", "m")
                    .map(letter -> admin.post("/users", object("email", letter + "@root.example", "name", letter))
                            .id())
                    .toList();
            nodes.warmUp();
            users.forEach(id ->
                    admin.patch("/users/" + id, object("administrator", true)).ok());
            var resigning = users.stream()
                    .map(id -> resigning(nodes, id, "/users/" + id, object("administrator", false)))
                    .collect(Collectors.toCollection(ArrayList::new));
            resigning.add(new Resigning(admin, BOOTSTRAP, object("active", false)));
            for (int round = 0; round < 10; round++) {
                users.forEach(id -> admin.patch("/users/" + id, object("administrator", true))
                        .ok());
                await(() ->
                        resigning.stream().allMatch(one -> one.who().get("/me").status() == 200));

                var replies = AccountsIT.together(resigning.stream().map(one -> one::resign));

                assertThat(replies).filteredOn(reply -> reply.status() != 200).isNotEmpty();
                assertThat(sql(nodes, "select count(*) from accounts.accounts where administrator and active"))
                        .isPositive();
                sql(
                        nodes,
                        "with a as (update accounts.accounts set active = true where id = 'administrator' returning 1)"
                                + " select count(*) from a");
                await(() -> admin.get("/me").status() == 200
                        && admin.at(nodes.second()).get("/me").status() == 200);
            }
        }
    }

    @Test
    void the_only_one_can_neither_resign_nor_be_deleted() throws Exception {
        try (var nodes = TwoNodes.start(temp)) {
            var admin = nodes.admin();

            assertThat(admin.patch(BOOTSTRAP, object("active", false)).code()).isEqualTo("last_administrator");
            assertThat(admin.delete(BOOTSTRAP).code()).isEqualTo("last_administrator");
            assertThat(admin.get("/me").status()).isEqualTo(200);
        }
    }

    /** An administrator, who wants to be none. */
    private record Resigning(Hub who, String path, JsonObject change) {

        Hub.Reply resign() {
            return who.patch(path, change);
        }
    }

    private static Resigning resigning(TwoNodes nodes, String id, String path, JsonObject change) {
        var key = nodes.admin().post("/keys", object("name", "Own", "account", id));
        var who = nodes.admin().with(key.ok().json().getString("key"));
        return new Resigning(who.at(nodes.second()), path, change);
    }

    private static void await(Supplier<Boolean> condition) {
        var end = Instant.now().plus(Duration.ofSeconds(30));
        while (!condition.get()) {
            assertThat(Instant.now()).isBefore(end);
            Thread.onSpinWait();
        }
    }

    private static long sql(TwoNodes nodes, String query) throws SQLException {
        try (var connection = nodes.database();
                var statement = connection.createStatement();
                var result = statement.executeQuery(query)) {
            result.next();
            return result.getLong(1);
        }
    }
}
