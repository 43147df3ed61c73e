package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static io.gotthard.platform.ScriptedAgents.COMPLETION;
import static io.gotthard.platform.ScriptedAgents.PROMPT;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What runs cost, over real metering: one receipt for all of a run, and what happens when the money is gone. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RunMoneyIT {

    /** What each question to a model costs. */
    private static final String PRICE = "0.01";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Set<String> ENDED = Set.of("completed", "failed", "cancelled", "expired");

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static HttpClient client;
    private static Ledger ledger;

    private Purse purse;

    @BeforeAll
    static void start() {
        var sum = object("expression", "2+3");
        upstream = ScriptedUpstream.start()
                .on("boss", ScriptedAgents.calls("helper", object("message", "Go")))
                .on("helper", ScriptedAgents.calls("calculator", sum))
                .on("loop", ScriptedAgents.insists("calculator", sum));
        var yaml = PricedUpstream.configuration(upstream, """
            metering: {fold: 500ms}
            assistants:
              boss: {model: boss, tools: [{type: assistant, agent: Assistant/helper}]}
              thrifty: {model: boss, tools: [{type: assistant, agent: Assistant/helper}], limits: {cost: 0.02}}
              helper: {model: helper, tools: [{type: builtin, name: calculator}]}
              endless: {model: loop, tools: [{type: builtin, name: calculator}]}
              dear: {model: loop, tools: [{type: builtin, name: calculator}], limits: {cost: 0.025}}
              wordy: {model: loop, tools: [{type: builtin, name: calculator}], limits: {tokens: 30}}
            """, PRICE);
        platform = RunningPlatform.start(yaml, TestDatabase.url());
        ledger = new Ledger(TestDatabase.url());
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        client.close();
        platform.close();
        upstream.close();
    }

    @BeforeEach
    void open() {
        purse = purse("5");
    }

    private static Purse purse(String money) {
        var purse = Purse.with(new Hub(platform.url(), RunningPlatform.KEY), money);
        var rules = list("gotthard.user.agent.>", "gotthard.user.service.assistants");
        var role = purse.admin()
                .post("/roles", object("name", "Runs " + UUID.randomUUID(), "tenant", purse.tenant(), "rules", rules))
                .id();
        purse.admin()
                .put("/tenants/" + purse.tenant() + "/members/" + purse.account() + "/roles/" + role)
                .ok();
        return purse;
    }

    /** A run that has ended. */
    private static JsonObject run(Purse purse, String agent) {
        var who = purse.spender();
        var thread = who.post("/threads", object("title", "A run")).id();
        var messages = list(object("role", "user", "content", "Go"));
        var run = "/runs/"
                + who.post("/threads/" + thread + "/runs", object("agent", "Assistant/" + agent, "messages", messages))
                        .id();
        Await.until(
                agent + " has ended",
                PATIENCE,
                () -> ENDED.contains(
                        who.post(run + "/wait?timeout=10", null).ok().json().getString("status")));
        return who.get(run).ok().json();
    }

    private static HttpResponse<String> chat(Purse purse, String agent, Object... more) {
        var body = object("model", "Assistant/" + agent, "messages", list(object("role", "user", "content", "Go")))
                .mergeIn(object(more));
        var request = HttpRequest.newBuilder(platform.url().resolve("/v1/chat/completions"))
                .timeout(PATIENCE)
                .header("authorization", "Bearer " + purse.key())
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The receipt of a request with so many charges, all of which are final. */
    private static JsonObject receipt(Hub who, String request, int charges) {
        var path = "/usage/receipts/" + request;
        Await.until(charges + " charges of " + request, PATIENCE, () -> {
            var found = who.get(path);
            return found.status() == 200 && isTotal(found.json().getJsonObject("total"), charges);
        });
        return who.get(path).ok().json();
    }

    private static boolean isTotal(JsonObject total, int charges) {
        return total.getInteger("requests") == charges && total.getInteger("pending") == 0;
    }

    private static void assertCharged(JsonObject receipt, int charges) {
        var total = receipt.getJsonObject("total");
        assertThat(total.getJsonObject("tokens").getInteger("prompt")).isEqualTo(charges * PROMPT);
        assertThat(total.getJsonObject("tokens").getInteger("completion")).isEqualTo(charges * COMPLETION);
        assertThat(new BigDecimal(total.getString("charged")))
                .isEqualByComparingTo(new BigDecimal(PRICE).multiply(BigDecimal.valueOf(charges)));
        assertThat(receipt.getJsonArray("charges")).hasSize(charges);
    }

    /** Whoever paid lost what these receipts say, and no more. */
    private static void assertPaid(Purse purse, String money, JsonObject... receipts) {
        ledger.awaitBalanced(purse.wallet());
        var sum = List.of(receipts).stream()
                .map(receipt -> new BigDecimal(receipt.getJsonObject("total").getString("charged")))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        assertThat(new BigDecimal(money).subtract(new BigDecimal(purse.balance())))
                .isEqualByComparingTo(sum);
    }

    private static void assertFailed(JsonObject run, String code, int steps) {
        assertThat(run.getString("status")).as(run.encode()).isEqualTo("failed");
        assertThat(run.getJsonObject("error").getString("code")).isEqualTo(code);
        assertThat(run.getJsonObject("usage").getInteger("steps")).isEqualTo(steps);
    }

    @Test
    void a_run_with_a_nested_one_is_one_receipt_whose_sum_the_wallet_lost() {
        var run = run(purse, "boss");
        assertThat(run.getString("status")).as(run.encode()).isEqualTo("completed");
        var receipt = receipt(purse.spender(), run.getString("request_id"), 4);
        assertCharged(receipt, 4);
        assertPaid(purse, "5", receipt);
        var charges = receipt.getJsonArray("charges").stream()
                .map(JsonObject.class::cast)
                .toList();
        assertThat(charges)
                .extracting(charge -> charge.getString("model"))
                .containsExactly("boss", "helper", "helper", "boss");
        assertThat(charges).allSatisfy(charge -> {
            assertThat(charge.getString("outcome")).isEqualTo("settled");
            assertThat(charge.getString("upstream")).startsWith("scripted");
            assertThat(new BigDecimal(charge.getString("charged"))).isEqualByComparingTo(PRICE);
        });
        assertThat(run.getJsonObject("usage").getInteger("total_tokens")).isEqualTo(4 * (PROMPT + COMPLETION));

        var alone = purse.spender()
                .get("/usage/receipts/" + charges.get(1).getString("id"))
                .ok()
                .json();
        assertThat(alone.getString("model")).isEqualTo("helper");
        assertThat(alone.getJsonObject("total").getInteger("requests")).isEqualTo(1);
        assertThat(purse("1")
                        .spender()
                        .get("/usage/receipts/" + run.getString("request_id"))
                        .status())
                .isEqualTo(404);
    }

    @Test
    void each_turn_of_a_conversation_has_a_receipt_and_its_usage_is_what_the_answer_says() {
        var first = chat(purse, "boss");
        var thread = first.headers().firstValue("x-gotthard-thread").orElseThrow();
        var second = chat(purse, "boss", "metadata", object("thread_id", thread));
        // With the words of the turn before it, the second one has its tools called, too.
        var receipts = List.of(first, second).stream()
                .map(answer -> {
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                    var usage = new JsonObject(answer.body()).getJsonObject("usage");
                    int charges = usage.getInteger("total_tokens") / (PROMPT + COMPLETION);
                    var request = answer.headers().firstValue("x-request-id").orElseThrow();
                    var receipt = receipt(purse.spender(), request, charges);
                    assertCharged(receipt, charges);
                    return receipt;
                })
                .toArray(JsonObject[]::new);
        assertThat(receipts[0].getString("request_id")).isNotEqualTo(receipts[1].getString("request_id"));
        assertPaid(purse, "5", receipts);
    }

    @Test
    void a_run_that_costs_what_it_may_asks_no_more_and_pays_for_what_it_asked() {
        var run = run(purse, "dear");
        assertFailed(run, "cost_limit", 3);
        assertThat(new BigDecimal(run.getJsonObject("usage").getString("cost"))).isEqualByComparingTo("0.03");
        var receipt = receipt(purse.spender(), run.getString("request_id"), 3);
        assertCharged(receipt, 3);
        assertPaid(purse, "5", receipt);
        var answer = chat(purse, "dear");
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("cost_limit");
        assertThat(answer.headers().firstValue("x-should-retry")).hasValue("false");
    }

    @Test
    void what_a_nested_run_costs_counts_for_who_began_it() {
        var run = run(purse, "thrifty");
        assertFailed(run, "cost_limit", 2);
        var receipt = receipt(purse.spender(), run.getString("request_id"), 2);
        assertCharged(receipt, 2);
        assertPaid(purse, "5", receipt);
    }

    @Test
    void a_run_that_used_the_tokens_it_may_asks_no_more() {
        var run = run(purse, "wordy");
        assertFailed(run, "tokens_limit", 2);
        var receipt = receipt(purse.spender(), run.getString("request_id"), 2);
        assertCharged(receipt, 2);
        assertPaid(purse, "5", receipt);
    }

    @Test
    void a_wallet_that_is_empty_in_the_middle_of_a_run_ends_it_and_says_why() {
        var poor = purse("0.02");
        var run = run(poor, "endless");
        assertFailed(run, "insufficient_quota", 2);
        var receipt = receipt(poor.spender(), run.getString("request_id"), 2);
        assertCharged(receipt, 2);
        assertPaid(poor, "0.02", receipt);
        assertThat(new BigDecimal(poor.balance())).isZero();

        var answer = chat(poor, "endless");
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.body()).contains("insufficient_quota");
        assertThat(answer.headers().firstValue("x-should-retry")).hasValue("false");

        poor.topUp("0.04");
        Await.until("the money is there", PATIENCE, () -> chat(poor, "boss").statusCode() == 200);
    }

    @Test
    void a_wallet_that_is_empty_in_a_nested_run_ends_both() {
        var poor = purse("0.02");
        var run = run(poor, "boss");
        assertFailed(run, "insufficient_quota", 2);
        var receipt = receipt(poor.spender(), run.getString("request_id"), 2);
        assertCharged(receipt, 2);
        assertPaid(poor, "0.02", receipt);
    }
}
