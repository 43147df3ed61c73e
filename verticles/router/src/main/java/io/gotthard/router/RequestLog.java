package io.gotthard.router;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JSON line for each request, to the logger {@code gotthard.requests}: who asked for what, how it went and how long it
 * took. Never a body, a key or a query.
 */
final class RequestLog {

    private static final Logger LOG = LoggerFactory.getLogger("gotthard.requests");

    private RequestLog() {}

    static void write(Exchange exchange, long now) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        var line = new JsonObject()
                .put("time", Instant.now().toString())
                .put("request_id", exchange.requestId)
                .put("method", exchange.method)
                .put("path", exchange.path)
                .put("operation", exchange.operation)
                .put("status", exchange.status)
                .put("duration_ms", millis(now - exchange.began));
        if (exchange.caller != null) {
            line.put("key_id", exchange.caller.keyId()).put("account", exchange.caller.account());
        }
        if (exchange.model != null) {
            line.put("model", exchange.model).put("stream", exchange.streaming);
        }
        if (exchange.firstByte != 0) {
            line.put("first_byte_ms", millis(exchange.firstByte - exchange.began));
        }
        if (exchange.error != null) {
            line.put("error", exchange.error);
        }
        var usage = exchange.usage;
        if (usage != null) {
            line.put("upstream", usage.upstream());
            if (usage.reported()) {
                line.put("prompt_tokens", usage.promptTokens())
                        .put("completion_tokens", usage.completionTokens())
                        .put("cached_tokens", usage.cachedTokens())
                        .put("reasoning_tokens", usage.reasoningTokens());
            }
        }
        LOG.info(line.encode());
    }

    private static double millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMicros(nanos) / 1000.0;
    }
}
