package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.TwoNodes.Team;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Usage and files of it over HTTP, of requests that really were made and charges that somebody hostile has named. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class UsageHttpIT extends OnTwoNodes {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** A tenant whose administrator also administers what is metered. */
    private static Team team() {
        return nodes.team(null);
    }

    private static void chat(Hub asker, String requestId) throws Exception {
        var request = HttpRequest.newBuilder(asker.url().resolve("/v1/chat/completions"))
                .header("authorization", "Bearer " + asker.key())
                .header("content-type", "application/json")
                .header("x-request-id", requestId)
                .POST(HttpRequest.BodyPublishers.ofString(
                        object("model", "demo-chat", "messages", list(object("role", "user", "content", "Hello")))
                                .encode()))
                .build();
        assertThat(CLIENT.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }

    private static HttpResponse<String> file(Hub asker, String query) throws Exception {
        var request = HttpRequest.newBuilder(asker.url().resolve("/api/v1/usage/export" + query))
                .header("authorization", "Bearer " + asker.key())
                .build();
        return CLIENT.send(request, BodyHandlers.ofString());
    }

    private static long requests(Hub asker, String query) {
        return asker.get("/usage?bucket=none" + query).ok().json().getJsonArray("data").stream()
                .mapToLong(row -> ((JsonObject) row).getLong("requests"))
                .sum();
    }

    @Test
    void what_was_asked_is_seen_at_once_by_those_who_may() throws Exception {
        var team = team();
        var other = team();
        chat(team.member(), "first");
        chat(team.member(), "second");
        chat(team.admin(), "third");

        assertThat(requests(team.member(), "")).isEqualTo(2);
        assertThat(requests(team.admin(), "")).isEqualTo(3);
        assertThat(requests(team.admin(), "&account=" + team.memberId())).isEqualTo(2);
        assertThat(requests(admin, "&tenant=" + team.tenant())).isEqualTo(3);
        assertThat(requests(other.admin(), "")).isZero();
        assertThat(other.admin().get("/usage?tenant=" + team.tenant()).status()).isEqualTo(404);
        assertThat(team.member().get("/usage?account=" + team.adminId()).status())
                .isEqualTo(404);
        assertThat(file(other.admin(), "?tenant=" + team.tenant()).statusCode()).isEqualTo(404);
        assertThat(file(team.member(), "").body().lines()).hasSize(3);
        assertThat(file(team.admin(), "").body().lines()).hasSize(4);
        assertThat(file(other.admin(), "").body().lines()).hasSize(1);
    }

    @Test
    void what_can_not_be_asked_for_is_refused_before_the_file_begins() throws Exception {
        assertThat(admin.get("/usage?bucket=week").param()).isEqualTo("bucket");
        assertThat(admin.get("/usage?from=yesterday").param()).isEqualTo("from");
        assertThat(admin.get("/usage?group_by=password").param()).isEqualTo("group_by");
        assertThat(admin.get("/usage?model=").param()).isEqualTo("model");
        assertThat(file(admin, "?to=never").statusCode()).isEqualTo(400);
        assertThat(file(admin.with("sk-gotthard-nobody"), "").statusCode()).isEqualTo(401);
    }

    @Test
    void the_ledger_is_checked_by_system_administrators_only() {
        var team = team();

        assertThat(team.member().post("/usage/verify", object()).status()).isEqualTo(403);
        assertThat(team.admin().post("/usage/verify", object()).status()).isEqualTo(403);
        var checked = admin.post("/usage/verify", object()).ok().json();
        assertThat(checked.getBoolean("ok")).as(checked.encode()).isTrue();
        assertThat(checked.getJsonArray("findings")).isEmpty();
        assertThat(checked.getJsonObject("totals").getLong("balances")).isZero();
    }

    @Test
    void a_formula_among_the_names_is_a_text_in_the_file() throws Exception {
        var team = team();
        charges(team.tenant(), "=cmd|' /C calc'!A0,\"x\"", 1);

        var lines = file(team.admin(), "").body().lines().toList();

        assertThat(lines).hasSize(2);
        assertThat(lines.getLast())
                .contains(",\"'=cmd|' /C calc'!A0,\"\"x\"\"\",")
                .endsWith(",0.0000005,0,CHF");
    }

    @Test
    void a_long_file_arrives_whole_though_its_reader_begins_late() throws Exception {
        var team = team();
        charges(team.tenant(), "model", 60_000);
        try (var reader = RawClient.withSmallBuffer(admin.url())) {
            reader.send(RawClient.bare(
                    "GET",
                    "/api/v1/usage/export",
                    "Authorization: Bearer " + team.admin().key()));
            var head = reader.bodilessAnswer();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.headers())
                    .containsEntry("content-type", "text/csv; charset=utf-8")
                    .hasEntrySatisfying(
                            "content-disposition",
                            value -> assertThat(value).startsWith("attachment; filename=\"usage-"));
            // While it does not read, others are answered.
            assertThat(requests(team.admin(), "")).isZero();
            var text = new StringBuilder();
            for (var chunk = reader.chunk(); !chunk.isEmpty(); chunk = reader.chunk()) {
                text.append(chunk);
            }
            assertThat(text.toString().lines()).hasSize(60_001).doesNotHaveDuplicates();
        }
    }

    @Test
    void who_leaves_makes_room_for_others() throws Exception {
        var team = team();
        charges(team.tenant(), "model", 60_000);
        var leaving = new ArrayList<RawClient>();
        for (int i = 0; i < 4; i++) {
            var reader = RawClient.withSmallBuffer(admin.url());
            leaving.add(reader);
            reader.send(RawClient.bare(
                    "GET",
                    "/api/v1/usage/export",
                    "Authorization: Bearer " + team.admin().key()));
            assertThat(reader.bodilessAnswer().status()).isEqualTo(200);
        }
        assertThat(file(team.admin(), "").statusCode()).isEqualTo(503);

        leaving.forEach(RawClient::close);

        Await.until("there is room", () -> {
            var answer = file(team.admin(), "?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z");
            return answer.statusCode() == 200;
        });
    }

    /** Charges of a node that is no more, by a source with this model; no balance knows of them. */
    private static void charges(String tenant, String model, int count) throws Exception {
        try (var database = nodes.database();
                var statement = database.prepareStatement("""
                    with source as (
                        insert into metering.sources (key_id, account, tenant, model, upstream, operation, payer)
                        values ('key', 'usr', ?, ?, 'up', 'chat', metering.house('revenue')) returning id),
                    node as (
                        insert into metering.nodes (place, ended_at, folded_batch) values (?, now(), 0) returning id)
                    insert into metering.charges (node, batch, seq, request_id, source, started_at, duration_ms, outcome,
                        counted, attempts, prompt, completion, cached, reasoning, reserved, amount)
                    select node.id, 1, n, 'req-' || n, source.id, now() - interval '1 hour', 5, 1, 0, 1, 1, 1, 0, 0, 0, 500
                    from source, node, generate_series(1, ?) as n
                    """)) {
            statement.setString(1, tenant);
            statement.setString(2, model);
            statement.setString(3, "gone " + UUID.randomUUID());
            statement.setInt(4, count);
            statement.execute();
        }
    }
}
