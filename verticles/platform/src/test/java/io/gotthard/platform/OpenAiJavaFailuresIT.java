package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.core.RequestOptions;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIIoException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.errors.SseException;
import com.openai.errors.UnauthorizedException;
import com.openai.errors.UnexpectedStatusCodeException;
import com.openai.errors.UnprocessableEntityException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import io.gotthard.platform.Recording.End;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What fails throws the exception that users of OpenAI's SDK for Java expect, and costs the upstream nothing. */
class OpenAiJavaFailuresIT {

    private static final RequestOptions BRIEF =
            RequestOptions.builder().timeout(Duration.ofSeconds(2)).build();

    private static JavaClient sdk;

    private final String marker = "marker-" + UUID.randomUUID();

    @BeforeAll
    static void start() {
        sdk = JavaClient.start();
    }

    @AfterAll
    static void stop() {
        sdk.close();
    }

    private ChatCompletionCreateParams question(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage(marker)
                .build();
    }

    private ChatCompletion ask(String model) {
        return sdk.client().chat().completions().create(question(model));
    }

    /** Reads a stream to its end; what was said is put into the list also if it breaks. */
    private void stream(String model, List<String> words) {
        try (var stream = sdk.client().chat().completions().createStreaming(question(model))) {
            stream.stream()
                    .forEach(chunk -> words.add(
                            chunk.choices().getFirst().delta().content().orElse("")));
        }
    }

    private Asked asked() {
        var asked = sdk.asked(marker);
        assertThat(asked).hasSize(1);
        return asked.getFirst();
    }

    @Test
    void pings_keep_a_slow_stream_alive_and_disturb_nothing() {
        try (var pinging = RunningPlatform.start("http: {ping: 100ms}")) {
            var other = sdk.client().withOptions(options -> options.baseUrl(pinging.url() + "/v1"));
            try (var stream = other.chat().completions().createStreaming(question("slow"))) {
                assertThat(stream.stream()
                                .map(chunk -> chunk.choices()
                                        .getFirst()
                                        .delta()
                                        .content()
                                        .orElse("")))
                        .containsExactly("Slowly", " uphill.", "");
            }
        }
    }

    @Test
    void a_wrong_key_is_unauthorized_and_the_upstream_is_not_asked() {
        var stranger = sdk.client().withOptions(options -> options.apiKey("sk-wrong"));
        assertThatThrownBy(() -> stranger.chat().completions().create(question("hello")))
                .isInstanceOfSatisfying(UnauthorizedException.class, failure -> {
                    assertThat(failure.code()).contains("invalid_api_key");
                    assertThat(failure.headers().values("x-request-id")).hasSize(1);
                })
                .hasMessageNotContaining("sk-wrong");
        assertThat(sdk.asked(marker)).isEmpty();
    }

    @Test
    void an_unknown_model_is_not_found() {
        assertThatThrownBy(() -> ask("swiss-ai/nobody:1b")).isInstanceOfSatisfying(NotFoundException.class, failure -> {
            assertThat(failure.code()).contains("model_not_found");
            assertThat(failure.param()).contains("model");
        });
        assertThatThrownBy(() -> sdk.client().models().retrieve("swiss-ai/nobody:1b"))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void a_request_without_a_message_is_a_bad_request_that_names_them() {
        var empty = ChatCompletionCreateParams.builder()
                .model("hello")
                .messages(List.of())
                .build();
        assertThatThrownBy(() -> sdk.client().chat().completions().create(empty))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        failure -> assertThat(failure.param()).contains("messages"));
    }

    @ParameterizedTest
    @CsvSource({"400", "409", "422", "429", "500", "503"})
    void what_an_upstream_refuses_is_refused_the_same_way(int status) {
        var kind = switch (status) {
            case 400 -> BadRequestException.class;
            case 409 -> UnexpectedStatusCodeException.class;
            case 422 -> UnprocessableEntityException.class;
            case 429 -> RateLimitException.class;
            default -> InternalServerException.class;
        };
        assertThat(kind).isAssignableTo(OpenAIServiceException.class);
        assertThatThrownBy(() -> ask("fault-" + status)).isInstanceOf(kind);
        assertThatThrownBy(() -> stream("fault-" + status, new ArrayList<>())).isInstanceOf(kind);
    }

    @ParameterizedTest
    @ValueSource(strings = {"401", "403", "404", "html", "html-502", "half-json", "cut"})
    void what_is_wrong_between_the_gateway_and_an_upstream_is_a_server_error_without_details(String fault) {
        assertThatThrownBy(() -> ask("fault-" + fault))
                .isInstanceOf(InternalServerException.class)
                .hasMessageNotContainingAny("up-se", "proxy.internal", "upstream/");
    }

    @Test
    void a_rate_limit_says_when_to_come_back() {
        var failure = catchThrowableOfType(RateLimitException.class, () -> ask("fault-429"));
        assertThat(failure.headers().values("retry-after")).containsExactly("1");
        assertThat(failure.code()).contains("rate_limit_exceeded");
    }

    @Test
    void the_sdk_tries_three_times_and_so_often_the_upstream_is_asked() {
        var patient = sdk.client().withOptions(options -> options.maxRetries(2));
        assertThatThrownBy(() -> patient.chat().completions().create(question("fault-500")))
                .isInstanceOf(InternalServerException.class);
        assertThat(sdk.asked(marker)).hasSize(3);
    }

    @Test
    void an_upstream_that_recovers_is_answered_for_at_the_second_try() {
        var patient = sdk.client().withOptions(options -> options.maxRetries(2));
        assertThat(patient.chat().completions().create(question("flaky")).choices())
                .hasSize(1);
        assertThat(sdk.asked(marker)).hasSize(2);
    }

    @Test
    void a_clients_timeout_closes_the_upstreams_connection() {
        assertThatThrownBy(() -> sdk.client().chat().completions().create(question("silent"), BRIEF))
                .isInstanceOf(OpenAIIoException.class);
        assertThat(asked().awaitEnd()).isEqualTo(End.ABANDONED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"endless", "silent-after-first"})
    void a_client_that_leaves_a_stream_closes_the_upstreams_connection(String model) {
        try (var stream = sdk.client().chat().completions().createStreaming(question(model))) {
            assertThat(stream.stream().limit(2)).hasSize(2);
        }
        assertThat(asked().awaitEnd()).isEqualTo(End.ABANDONED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fault-mid-stream", "fault-cut", "fault-early-end"})
    void a_stream_that_breaks_throws_after_what_came_before(String model) {
        var words = new ArrayList<String>();
        assertThatThrownBy(() -> stream(model, words)).isInstanceOf(SseException.class);
        assertThat(words).hasSize(2);
    }
}
