package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.gotthard.models.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DemoToolsTest {

    private DemoAsker demo;

    @BeforeEach
    void start() throws Exception {
        demo = new DemoAsker();
    }

    @AfterEach
    void stop() throws Exception {
        demo.close();
    }

    private static JsonObject tool(String name, String description) {
        var city = new JsonObject().put("type", "string");
        var unit = new JsonObject().put("enum", new JsonArray().add("celsius").add("fahrenheit"));
        var parameters = new JsonObject()
                .put("type", "object")
                .put("properties", new JsonObject().put("city", city).put("unit", unit))
                .put("required", new JsonArray().add("city").add("unit"))
                .put("additionalProperties", false);
        var function = new JsonObject()
                .put("name", name)
                .put("description", description)
                .put("parameters", parameters);
        return new JsonObject().put("type", "function").put("function", function);
    }

    private static JsonObject asked(String text) {
        return new JsonObject()
                .put(
                        "messages",
                        new JsonArray().add(new JsonObject().put("role", "user").put("content", text)))
                .put(
                        "tools",
                        new JsonArray()
                                .add(tool("get_weather", "Get the current weather in a place"))
                                .add(tool("bookTrain", "Reserves a seat on a railway"))
                                .add(new JsonObject()
                                        .put("type", "function")
                                        .put("function", new JsonObject().put("name", "ping"))));
    }

    private static JsonObject choice(JsonObject answer) {
        return answer.getJsonArray("choices").getJsonObject(0);
    }

    private List<String> called(JsonObject body) throws Exception {
        var message = choice(demo.chat(body)).getJsonObject("message");
        return message.getJsonArray("tool_calls", new JsonArray()).stream()
                .map(call -> ((JsonObject) call).getJsonObject("function").getString("name"))
                .toList();
    }

    private static JsonObject named(String name) {
        return new JsonObject().put("type", "function").put("function", new JsonObject().put("name", name));
    }

    @Test
    void a_tool_is_called_when_the_user_mentions_it() throws Exception {
        assertThat(called(asked("What is the weather in Bern?"))).containsExactly("get_weather");
        assertThat(called(asked("Please call GET_WEATHER."))).containsExactly("get_weather");
        assertThat(called(asked("Which trains are there?"))).containsExactly("bookTrain");
        assertThat(called(asked("I need a seat."))).containsExactly("bookTrain");
        assertThat(called(asked("Hello, get me the current list!"))).isEmpty();
    }

    @Test
    void several_are_called_only_if_that_is_allowed() throws Exception {
        var both = asked("Call get_weather and bookTrain.");
        assertThat(called(both)).containsExactly("get_weather", "bookTrain");
        assertThat(called(both.put("parallel_tool_calls", false))).containsExactly("get_weather");
    }

    @Test
    void the_choice_of_the_client_counts() throws Exception {
        assertThat(called(asked("What is the weather?").put("tool_choice", "none")))
                .isEmpty();
        assertThat(called(asked("Hello").put("tool_choice", "auto"))).isEmpty();
        assertThat(called(asked("Hello").put("tool_choice", "required"))).containsExactly("get_weather");
        assertThat(called(asked("ping").put("tool_choice", "required"))).containsExactly("ping");
        assertThat(called(asked("Hello").put("tool_choice", named("bookTrain"))))
                .containsExactly("bookTrain");
        var allowed = new JsonObject().put("mode", "required").put("tools", new JsonArray().add(named("ping")));
        var choice = new JsonObject().put("type", "allowed_tools").put("allowed_tools", allowed);
        assertThat(called(asked("Weather!").put("tool_choice", choice))).containsExactly("ping");
    }

    @Test
    void a_tool_that_is_not_offered_can_not_be_demanded() {
        for (var body : List.of(
                asked("Hello").put("tool_choice", named("launch")),
                asked("Hello").put("tool_choice", "required").put("tools", new JsonArray()),
                asked("Hello").put("tool_choice", new JsonObject().put("type", "custom")))) {
            assertThatThrownBy(() -> demo.chat(body))
                    .cause()
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure -> assertThat(failure.param()).isEqualTo("tool_choice"));
        }
    }

    @Test
    void a_call_has_the_shape_of_openai_and_conforming_arguments() throws Exception {
        var choice = choice(demo.chat(asked("Call get_weather and ping.")));

        assertThat(choice.getString("finish_reason")).isEqualTo("tool_calls");
        var message = choice.getJsonObject("message");
        assertThat(message.getString("content")).isNull();
        var calls = message.getJsonArray("tool_calls");
        var call = calls.getJsonObject(0);
        assertThat(call.getString("id")).matches("call_[0-9a-f]{24}");
        assertThat(call.getString("id")).isNotEqualTo(calls.getJsonObject(1).getString("id"));
        assertThat(call.getString("type")).isEqualTo("function");
        var arguments = new JsonObject(call.getJsonObject("function").getString("arguments"));
        assertThat(arguments)
                .isEqualTo(new JsonObject().put("city", "demo city").put("unit", "celsius"));
        assertThat(calls.getJsonObject(1).getJsonObject("function").getString("arguments"))
                .isEqualTo("{}");
    }

    @Test
    void a_streamed_call_has_its_name_once_and_its_arguments_in_pieces() throws Exception {
        var answers = demo.stream(Kind.CHAT, asked("Call get_weather and bookTrain."));
        var choices =
                DemoAsker.chunks(answers).stream().map(DemoToolsTest::choice).toList();

        assertThat(choices.getFirst().getJsonObject("delta").getString("role")).isEqualTo("assistant");
        assertThat(choices.stream()
                        .map(choice -> choice.getString("finish_reason"))
                        .filter(reason -> reason != null))
                .containsExactly("tool_calls");
        var calls = choices.stream()
                .map(choice -> choice.getJsonObject("delta").getJsonArray("tool_calls"))
                .filter(call -> call != null)
                .map(call -> call.getJsonObject(0))
                .toList();
        for (int index = 0; index < 2; index++) {
            int wanted = index;
            var own = calls.stream()
                    .filter(call -> call.getInteger("index") == wanted)
                    .toList();
            assertThat(own).hasSizeGreaterThan(3);
            assertThat(own.getFirst().getString("id")).startsWith("call_");
            assertThat(own.getFirst().getJsonObject("function").getString("name"))
                    .isNotEmpty();
            assertThat(own.subList(1, own.size())).allSatisfy(call -> {
                assertThat(call.fieldNames()).containsExactly("index", "function");
                assertThat(call.getJsonObject("function").fieldNames()).containsExactly("arguments");
            });
            var arguments = own.stream()
                    .map(call -> call.getJsonObject("function").getString("arguments"))
                    .collect(Collectors.joining());
            assertThat(new JsonObject(arguments).getString("unit")).isEqualTo("celsius");
        }
    }

    @Test
    void arguments_are_cut_by_the_limit_as_well() throws Exception {
        var choice = choice(demo.chat(asked("weather").put("max_completion_tokens", 1)));
        assertThat(choice.getString("finish_reason")).isEqualTo("length");
        assertThat(choice.getJsonObject("message").getJsonArray("tool_calls").encode())
                .doesNotContain("celsius");
    }

    @Test
    void the_results_of_tools_are_told() throws Exception {
        var body = asked("What is the weather in Bern?").put("tool_choice", "required");
        var message = choice(demo.chat(body)).getJsonObject("message");
        var id = message.getJsonArray("tool_calls").getJsonObject(0).getString("id");
        body.getJsonArray("messages")
                .add(message)
                .add(new JsonObject()
                        .put("role", "tool")
                        .put("tool_call_id", id)
                        .put("content", "21 °C and sunny"));

        var answer = choice(demo.chat(body));
        assertThat(answer.getString("finish_reason")).isEqualTo("stop");
        assertThat(answer.getJsonObject("message").getString("content"))
                .contains("no model is behind it")
                .contains("The tool get_weather answered: 21 °C and sunny");
    }
}
