package io.gotthard.models;

import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
import io.gotthard.kit.Size;
import java.net.URI;
import java.time.Duration;

/**
 * A server that has models, as the configuration names it.
 *
 * @param protocol what it speaks
 * @param url where it is, with the path in front of {@code /chat/completions}; http or https
 * @param key its API key, or null if it wants none
 * @param connections how many connections there may be to it at most, from each event loop
 * @param connectTimeout how long a connection may take to be made
 * @param idleTimeout how long it may be silent in the midst of a request
 * @param answerLimit bytes of an answer, or of one event of a stream, that are accepted at most
 */
public record Upstream(
        Protocol protocol,
        String url,
        @Absent String key,
        @Default("10000") int connections,
        @Default("5s") Duration connectTimeout,
        @Default("5m") Duration idleTimeout,
        @Default("64MB") Size answerLimit) {

    /** What an upstream may speak. */
    public enum Protocol {
        /** OpenAI's REST API, as vLLM, llama.cpp, Ollama and most clouds have it. */
        OPENAI
    }

    /** Checks what no type says. */
    public Upstream {
        var uri = URI.create(url);
        if (uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
            throw new IllegalArgumentException("url must be an http or https URL");
        }
        if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("url must have no user, query or fragment");
        }
        if (connections < 1) {
            throw new IllegalArgumentException("connections must be at least 1");
        }
    }
}
