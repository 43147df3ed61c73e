package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can be no assistant is refused, and by the name of what is wrong. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AgentsRefusedIT extends OnTwoNodes {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"model":"m"}                                         | name
        {"name":"a/b","model":"m"}                            | name
        {"name":"-a","model":"m"}                             | name
        {"name":"a"}                                          | model
        {"name":"a","model":""}                               | model
        {"name":"a","model":"Assistant/a"}                    | model
        {"name":"a","model":"m","parameters":{"stream":true}} | parameters.stream
        {"name":"a","model":"m","parameters":{"stop":"\\u0000"}} | parameters
        {"name":"a","model":"m","icon":"javascript:alert(1)"} | icon
        {"name":"a","model":"m","limits":{"steps":0}}         | limits.steps
        {"name":"a","model":"m","limits":{"cost":"1e9"}}      | limits
        {"name":"a","model":"m","visibility":"world"}         | visibility
        {"name":"a","model":"m","tools":[{}]}                 | tools[0].type
        {"name":"a","model":"m","tools":[{"type":"shell"}]}   | tools[0].type
        {"name":"a","model":"m","instructions":"\\u0000"}     | instructions
        """)
    void what_can_be_none_is_refused_by_name(String body, String param) {
        var refused = admin.post("/agents", new JsonObject(body));
        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.param()).as(refused.text()).isEqualTo(param);
    }

    @Test
    void what_is_too_large_is_refused_by_name() {
        assertThat(admin.post("/agents", AgentsIT.assistant("a", "instructions", "x".repeat(200_001)))
                        .param())
                .isEqualTo("instructions");
        var tools = new JsonArray();
        IntStream.range(0, 65).forEach(i -> tools.add(object("type", "builtin", "name", "time" + i)));
        assertThat(admin.post("/agents", AgentsIT.assistant("a", "tools", tools))
                        .param())
                .isEqualTo("tools");
    }
}
