package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.SseException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.models.ErrorType;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.UrlPdfSource;
import io.gotthard.platform.Recording.End;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What fails throws the exception that users of Anthropic's SDK for Java expect. */
class AnthropicJavaFailuresIT {

    private static AnthropicClients sdk;

    private final String marker = "marker-" + UUID.randomUUID();

    @BeforeAll
    static void start() {
        sdk = AnthropicClients.start();
    }

    @AfterAll
    static void stop() {
        sdk.close();
    }

    private MessageCreateParams question(String model) {
        return MessageCreateParams.builder()
                .model(model)
                .maxTokens(100)
                .addUserMessage(marker)
                .build();
    }

    private <T extends AnthropicServiceException> T failure(Class<T> type, MessageCreateParams question) {
        return catchThrowableOfType(type, () -> sdk.client().messages().create(question));
    }

    @Test
    void a_wrong_key_is_unauthorized_and_the_upstream_is_not_asked() {
        var stranger =
                AnthropicClients.builder(sdk.platform()).apiKey("sk-wrong").build();
        assertThatThrownBy(() -> stranger.messages().create(question("hello")))
                .isInstanceOfSatisfying(UnauthorizedException.class, failure -> {
                    assertThat(failure.type()).contains(ErrorType.AUTHENTICATION_ERROR);
                    assertThat(failure.requestId()).isPresent();
                })
                .hasMessageNotContaining("sk-wrong");
        assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
        stranger.close();
        assertThat(sdk.asked(marker)).isEmpty();
    }

    @Test
    void an_unknown_model_is_not_found() {
        var failure = failure(NotFoundException.class, question("swiss-ai/nobody:1b"));
        assertThat(failure.type()).contains(ErrorType.NOT_FOUND_ERROR);
        assertThat(failure.body().toString()).contains("swiss-ai/nobody:1b").contains("request_id");
        assertThatThrownBy(() -> sdk.client().models().retrieve("swiss-ai/nobody:1b"))
                .isInstanceOfSatisfying(
                        NotFoundException.class,
                        missing -> assertThat(missing.type()).contains(ErrorType.NOT_FOUND_ERROR));
    }

    @Test
    void what_is_wrong_or_has_no_equivalent_is_named() {
        var nothing = question("hello").toBuilder().maxTokens(0).build();
        assertThat(failure(BadRequestException.class, nothing)).hasMessageContaining("max_tokens");
        var document = ContentBlockParam.ofDocument(
                UrlPdfSource.builder().url("https://example.org/a.pdf").build());
        var unreadable = question("hello").toBuilder()
                .addUserMessageOfContentBlockParams(List.of(ContentBlockParam.ofText("Read."), document))
                .build();
        var failure = failure(BadRequestException.class, unreadable);
        assertThat(failure.type()).contains(ErrorType.INVALID_REQUEST_ERROR);
        assertThat(failure).hasMessageContaining("'messages[1].content[1].source.type'");
        assertThat(sdk.asked(marker)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "fault-400, 400, invalid_request_error",
        "fault-401, 502, api_error",
        "fault-404, 502, api_error",
        "fault-429, 429, rate_limit_error",
        "fault-500, 502, api_error",
        "fault-503, 529, overloaded_error"
    })
    void an_upstream_that_fails_is_told_with_status_and_type(String model, int status, String type) {
        var failure = failure(AnthropicServiceException.class, question(model));
        assertThat(failure.statusCode()).isEqualTo(status);
        assertThat(failure.type().orElseThrow().asString()).isEqualTo(type);
        assertThat(failure).hasMessageNotContaining(RecordedUpstream.KEY);
    }

    @Test
    void a_limit_says_when_to_try_again() {
        var failure = failure(AnthropicServiceException.class, question("fault-429"));
        assertThat(failure.headers().values("retry-after")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fault-cut", "fault-early-end"})
    void a_stream_that_is_cut_ends_with_an_error_and_never_with_its_end(String model) {
        var events = new ArrayList<RawMessageStreamEvent>();
        assertThatThrownBy(() -> {
                    try (var stream = sdk.client().messages().createStreaming(question(model))) {
                        stream.stream().forEach(events::add);
                    }
                })
                .isInstanceOfSatisfying(
                        SseException.class,
                        failure -> assertThat(failure.body().toString()).contains("api_error"));
        assertThat(events.getFirst().isMessageStart()).isTrue();
        assertThat(events).noneMatch(RawMessageStreamEvent::isMessageStop);
        assertThat(events).noneMatch(RawMessageStreamEvent::isMessageDelta);
    }

    @Test
    void who_leaves_a_stream_takes_the_upstream_along() {
        try (var stream = sdk.client().messages().createStreaming(question("silent-after-first"))) {
            assertThat(stream.stream().findFirst()).isPresent();
        }
        assertThat(sdk.asked(marker).getFirst().awaitEnd()).isEqualTo(End.ABANDONED);
    }

    @Test
    void pings_keep_a_slow_stream_alive_and_disturb_nothing() {
        try (var pinging = RunningPlatform.start("http: {ping: 100ms}")) {
            var other = sdk.client()
                    .withOptions(options -> options.baseUrl(pinging.url().toString()));
            try (var stream = other.messages().createStreaming(question("slow"))) {
                var message = AnthropicClients.accumulated(stream.stream().toList());
                assertThat(AnthropicClients.text(message)).isEqualTo("Slowly uphill.");
            }
        }
    }

    @Test
    void an_unknown_path_below_is_not_found_in_the_same_shape() {
        assertThatThrownBy(() -> sdk.client().messages().batches().list())
                .isInstanceOfSatisfying(
                        NotFoundException.class,
                        failure -> assertThat(failure.type()).contains(ErrorType.NOT_FOUND_ERROR));
    }
}
