package io.gotthard.platform;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import java.util.List;

/**
 * OpenAI's SDK for Java in front of a running platform.
 *
 * @param platform the platform, with its upstream
 * @param client a client that never tries again, so that one call is one request, and that checks what it is answered
 */
record JavaClient(RunningPlatform platform, OpenAIClient client) implements AutoCloseable {

    static JavaClient start() {
        var platform = RunningPlatform.start();
        var client = OpenAIOkHttpClient.builder()
                .baseUrl(platform.url() + "/v1")
                .apiKey(RunningPlatform.KEY)
                .maxRetries(0)
                .responseValidation(true)
                .build();
        return new JavaClient(platform, client);
    }

    /** What the upstream was asked with this text in the body. */
    List<Asked> asked(String marker) {
        return platform.upstream().asked(marker);
    }

    /** Streams an answer to its end. */
    List<ChatCompletionChunk> stream(ChatCompletionCreateParams question) {
        try (var stream = client.chat().completions().createStreaming(question)) {
            return stream.stream().toList();
        }
    }

    /** The first choice's message, put together from its chunks by the SDK. */
    static ChatCompletionMessage accumulated(List<ChatCompletionChunk> chunks) {
        var accumulator = ChatCompletionAccumulator.create();
        chunks.forEach(accumulator::accumulate);
        return accumulator.chatCompletion().choices().getFirst().message();
    }

    @Override
    public void close() {
        client.close();
        platform.close();
    }
}
