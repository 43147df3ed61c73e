package io.gotthard.platform;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** All that is logged in this process while it is open: the line of each request, and whatever is a warning or worse. */
public final class CapturedLog implements AutoCloseable {

    private static final String REQUESTS = "gotthard.requests";

    private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing();
            events.add(event);
        }
    };
    private final boolean additive = logger(REQUESTS).isAdditive();

    private CapturedLog() {
        appender.setContext(logger(Logger.ROOT_LOGGER_NAME).getLoggerContext());
        appender.start();
        logger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
        logger(REQUESTS).addAppender(appender);
        logger(REQUESTS).setLevel(Level.INFO);
        logger(REQUESTS).setAdditive(false);
    }

    public static CapturedLog start() {
        return new CapturedLog();
    }

    /** The requests' lines so far. */
    List<JsonObject> requests() {
        return events.stream()
                .filter(event -> event.getLoggerName().equals(REQUESTS))
                .map(event -> new JsonObject(event.getFormattedMessage()))
                .toList();
    }

    /** Waits for the line of a request. */
    JsonObject request(String id) {
        Await.until("a line of request " + id, () -> requests().stream().anyMatch(line -> isOf(line, id)));
        return requests().stream().filter(line -> isOf(line, id)).findFirst().orElseThrow();
    }

    private static boolean isOf(JsonObject line, String id) {
        return line.getString("request_id").equals(id);
    }

    /** Everything so far as text, with the stack traces. */
    public List<String> lines() {
        return events.stream().map(CapturedLog::text).toList();
    }

    /** What was logged with a stack trace, or as an error. */
    List<String> alarms() {
        return events.stream()
                .filter(event -> event.getThrowableProxy() != null || event.getLevel() == Level.ERROR)
                .map(CapturedLog::text)
                .toList();
    }

    /** Forgets everything so far. */
    public void forget() {
        events.clear();
    }

    private static String text(ILoggingEvent event) {
        var trace = event.getThrowableProxy();
        return event.getLevel() + " " + event.getLoggerName() + " " + event.getFormattedMessage()
                + (trace == null ? "" : "\n" + ThrowableProxyUtil.asString(trace));
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    @Override
    public void close() {
        logger(Logger.ROOT_LOGGER_NAME).detachAppender(appender);
        logger(REQUESTS).detachAppender(appender);
        logger(REQUESTS).setLevel(null);
        logger(REQUESTS).setAdditive(additive);
    }
}
