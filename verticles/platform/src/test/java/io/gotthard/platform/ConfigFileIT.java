package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the file of the configuration may be and say: prices, models that upstreams tell, and that of another gateway. */
class ConfigFileIT {

    private static ChangingPlatform site;

    @BeforeAll
    static void start() {
        site = ChangingPlatform.start();
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    @Test
    void a_changed_price_is_a_new_one_from_now_on() throws Exception {
        site.replace(priced("0.5"));
        site.reload().ok();
        site.replace(priced("0.75"));
        site.reload().ok();
        site.reload().ok();
        var prices = site.admin().get("/prices?model=priced-by-file").data();
        assertThat(prices.stream()
                        .map(price ->
                                ((JsonObject) price).getJsonObject("rates").getString("request")))
                .containsExactly("0.5", "0.75");
        assertThat(site.ask("priced-by-file")).isEqualTo(200);
    }

    private static String priced(String request) {
        return site.yaml("")
                + "  priced-by-file: {kind: chat, targets: [{upstream: one, model: internal/good}], price: {request: "
                + request + "}}\n";
    }

    @Test
    void a_wildcard_has_a_price_for_all_that_it_stands_for() throws Exception {
        site.replace(site.yaml("")
                + "  wild-*: {kind: chat, targets: [{upstream: one, model: internal/good}], price: {request: 0.5}}\n");
        site.reload().ok();
        var asked = new JsonObject().put("model", "wild-one").put("messages", List.of());
        var explained = site.admin().post("/routes/explain", Hub.object("operation", "chat", "request", asked));
        assertThat(explained.ok().json().getJsonObject("price").getJsonObject("rates"))
                .isEqualTo(Hub.object("request", "0.5"));
    }

    @Test
    void an_upstream_tells_which_models_it_has() throws Exception {
        site.upstream()
                .on("", visit -> visit.json(200, "{\"data\":[{\"id\":\"internal/good\"},{\"id\":\"internal/down\"}]}"));
        site.replace(site.yaml("", "old").replaceFirst("key:", "discover: true, key:"));
        site.reload().ok();
        site.awaitModel("one/internal/good");
        assertThat(site.raw(RawClient.head("GET", "/v1/models")).text()).contains("one/internal/down", "\"old\"");
    }

    @Test
    void a_configuration_of_litellm_is_taken_as_well() throws Exception {
        site.replace("""
            model_list:
              - model_name: theirs
                litellm_params: {model: openai/internal/good, api_base: "%s", api_key: %s, vertex_project: x}
            router_settings: {num_retries: 1, fallbacks: [{theirs: [nobody]}]}
            """.formatted(site.upstream().url(), ScriptedUpstream.KEY));
        site.reload().ok();
        assertThat(site.ask("theirs")).isEqualTo(200);
        assertThat(site.ask("old")).isEqualTo(404);
        var told = String.join("\n", site.log().lines());
        assertThat(told)
                .contains("gotthard.yaml:3:", "litellm_params.vertex_project: not understood", "there is no such model")
                .doesNotContain(ScriptedUpstream.KEY);
    }
}
