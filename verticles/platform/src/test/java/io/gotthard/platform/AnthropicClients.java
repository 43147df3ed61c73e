package io.gotthard.platform;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import java.util.List;

/**
 * Anthropic's SDK for Java in front of a running platform.
 *
 * @param platform the platform, with its upstream
 * @param client a client that never tries again, so that one call is one request, and that checks what it is answered
 */
record AnthropicClients(RunningPlatform platform, AnthropicClient client) implements AutoCloseable {

    static AnthropicClients start() {
        var platform = RunningPlatform.start();
        return new AnthropicClients(
                platform, builder(platform).apiKey(RunningPlatform.KEY).build());
    }

    /** A client that has no key yet. */
    static AnthropicOkHttpClient.Builder builder(RunningPlatform platform) {
        return AnthropicOkHttpClient.builder()
                .baseUrl(platform.url().toString())
                .maxRetries(0)
                .responseValidation(true);
    }

    /** What the upstream was asked with this text in the body. */
    List<Asked> asked(String marker) {
        return platform.upstream().asked(marker);
    }

    /** Streams an answer to its end. */
    List<RawMessageStreamEvent> stream(MessageCreateParams question) {
        try (var stream = client.messages().createStreaming(question)) {
            return stream.stream().toList();
        }
    }

    /** The message, put together from its events by the SDK, which fails if their order is wrong. */
    static Message accumulated(List<RawMessageStreamEvent> events) {
        var accumulator = MessageAccumulator.create();
        events.forEach(accumulator::accumulate);
        return accumulator.message();
    }

    /** What a message says. */
    static String text(Message message) {
        var text = new StringBuilder();
        message.content().forEach(block -> block.text().ifPresent(said -> text.append(said.text())));
        return text.toString();
    }

    @Override
    public void close() {
        client.close();
        platform.close();
    }
}
