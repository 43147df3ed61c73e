package io.gotthard.router;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
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
    private static final JsonStringEncoder QUOTE = JsonStringEncoder.getInstance();

    // Written by hand, because an object for each line and its general encoder cost more than the rest of the logging.
    private final StringBuilder line = new StringBuilder(512);

    private RequestLog() {}

    /** Writes the line of a request that has ended now. */
    static void write(Exchange exchange, long now) {
        if (LOG.isInfoEnabled()) {
            LOG.info(new RequestLog().line(exchange, now));
        }
    }

    private String line(Exchange exchange, long now) {
        line.append("{\"time\":\"").append(Instant.now()).append('"');
        text("request_id", exchange.requestId);
        text("method", exchange.method);
        text("path", exchange.path);
        text("operation", exchange.operation);
        number("status", exchange.status);
        millis("duration_ms", now - exchange.began);
        if (exchange.firstByte != 0) {
            millis("first_byte_ms", exchange.firstByte - exchange.began);
        }
        if (exchange.caller != null) {
            text("key_id", exchange.caller.keyId());
            text("account", exchange.caller.account());
        }
        text("model", exchange.model);
        if (exchange.model != null) {
            line.append(",\"stream\":").append(exchange.streaming);
        }
        text("error", exchange.error);
        usage(exchange);
        return line.append('}').toString();
    }

    private void usage(Exchange exchange) {
        var usage = exchange.usage;
        if (usage == null) {
            return;
        }
        text("upstream", usage.upstream());
        if (usage.reported()) {
            number("prompt_tokens", usage.promptTokens());
            number("completion_tokens", usage.completionTokens());
            number("cached_tokens", usage.cachedTokens());
            number("reasoning_tokens", usage.reasoningTokens());
        }
    }

    private void text(String name, String value) {
        if (value != null) {
            line.append(",\"").append(name).append("\":\"");
            QUOTE.quoteAsString(value, line);
            line.append('"');
        }
    }

    private void number(String name, long value) {
        line.append(",\"").append(name).append("\":").append(value);
    }

    /** Milliseconds with three decimals. */
    private void millis(String name, long nanos) {
        long micros = TimeUnit.NANOSECONDS.toMicros(nanos);
        number(name, micros / 1000);
        line.append('.').append(1000 + micros % 1000).deleteCharAt(line.length() - 4);
    }
}
