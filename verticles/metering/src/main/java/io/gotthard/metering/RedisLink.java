package io.gotthard.metering;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to Redis, over which questions follow each other without waiting for the answers. If an answer takes too long,
 * or the connection is lost, it is down: all that was asked fails, and so does what is asked until it is up
 * again, which is tried every {@value #RETRY_MILLIS} ms. Safe to be used from any thread.
 */
final class RedisLink {

    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
    private static final long CHECK_MILLIS = 20;
    private static final long RETRY_MILLIS = 250;
    private static final long CONNECT_MILLIS = 1_000;
    private static final long QUIET_NANOS = 60_000_000_000L;
    private static final int MOST_WAITING = 16_384;

    private final Vertx vertx;
    private final RedisOptions options;
    private final Duration patience;
    private final Runnable onUp;
    private final ConcurrentLinkedQueue<Question> open = new ConcurrentLinkedQueue<>();
    private final long checking;
    private volatile RedisConnection connection;
    private volatile boolean closed;
    // All of these only by who holds the lock.
    private Redis client;
    private long spokenAt;
    private boolean spoken;
    // Only on the context of the timer.
    private long checkedAt = System.nanoTime();

    /** What was asked, and when. */
    private record Question(Promise<Response> answer, long askedAt) {}

    /**
     * A link, which begins to connect.
     *
     * @param url such as {@code redis://:password@host:6379/0}
     * @param patience how long an answer may take
     * @param onUp what to do whenever it is up
     */
    RedisLink(Vertx vertx, String url, Duration patience, Runnable onUp) {
        this.vertx = vertx;
        this.options =
                new RedisOptions().setConnectionString(url).setMaxPoolSize(1).setMaxWaitingHandlers(MOST_WAITING);
        this.patience = patience;
        this.onUp = onUp;
        this.checking = vertx.setPeriodic(CHECK_MILLIS, due -> check());
        connect();
    }

    boolean isUp() {
        return connection != null;
    }

    /**
     * Runs a script.
     *
     * @param keys what it is to change
     * @param arguments what else it is to know
     * @return completes on any context, within little more than the patience there is
     */
    Future<Response> run(RedisScript script, List<String> keys, List<String> arguments) {
        return ask(request(Command.EVALSHA, script.sha(), keys, arguments))
                .recover(cause ->
                        cause.getMessage() != null && cause.getMessage().startsWith("NOSCRIPT")
                                ? ask(request(Command.EVAL, script.text(), keys, arguments))
                                : Future.failedFuture(cause));
    }

    private static Request request(Command command, String script, List<String> keys, List<String> arguments) {
        var request = Request.cmd(command).arg(script).arg(keys.size());
        keys.forEach(request::arg);
        arguments.forEach(request::arg);
        return request;
    }

    private Future<Response> ask(Request request) {
        var now = connection;
        if (now == null) {
            return Future.failedFuture("Redis is down");
        }
        var question = new Question(Promise.promise(), System.nanoTime());
        open.add(question);
        now.send(request).onComplete(question.answer::tryComplete, question.answer::tryFail);
        return question.answer.future();
    }

    private void check() {
        Question oldest;
        while ((oldest = open.peek()) != null && oldest.answer.future().isComplete()) {
            open.poll();
        }
        long time = System.nanoTime();
        // If we had no time ourselves, the answer may be here and not be read yet.
        boolean late = time - checkedAt > patience.toNanos() / 2;
        checkedAt = time;
        var now = connection;
        if (oldest != null && now != null && !late && time - oldest.askedAt > patience.toNanos()) {
            down(now, "it did not answer in " + patience.toMillis() + " ms");
        }
    }

    private void connect() {
        Redis attempt;
        synchronized (this) {
            if (closed) {
                return;
            }
            attempt = Redis.createClient(vertx, options);
            client = attempt;
        }
        attempt.connect()
                .compose(made -> load(made).map(made))
                .timeout(CONNECT_MILLIS, TimeUnit.MILLISECONDS)
                .onComplete(this::up, cause -> failed(attempt, cause));
    }

    private static Future<?> load(RedisConnection made) {
        Future<?> loaded = Future.succeededFuture();
        for (var script : RedisScript.values()) {
            loaded = loaded.compose(
                    before -> made.send(Request.cmd(Command.SCRIPT).arg("LOAD").arg(script.text())));
        }
        return loaded;
    }

    private void up(RedisConnection made) {
        synchronized (this) {
            if (closed) {
                return;
            }
            made.exceptionHandler(cause -> down(made, cause.getMessage()));
            made.endHandler(end -> down(made, "it closed the connection"));
            connection = made;
            if (spoken) {
                spoken = false;
                LOG.info("Redis answers again: limits are counted together with the other nodes.");
            }
        }
        onUp.run();
    }

    private void failed(Redis attempt, Throwable cause) {
        attempt.close();
        speak(cause.getMessage());
        retry();
    }

    private void down(RedisConnection lost, String why) {
        Redis gone;
        synchronized (this) {
            if (connection != lost) {
                return;
            }
            connection = null;
            gone = client;
        }
        Question question;
        while ((question = open.poll()) != null) {
            question.answer.tryFail("Redis is down");
        }
        gone.close();
        speak(why);
        retry();
    }

    /** Says so once, and not again each time that something goes up and down. */
    private synchronized void speak(String why) {
        long now = System.nanoTime();
        if (!closed && !spoken && (spokenAt == 0 || now - spokenAt > QUIET_NANOS)) {
            spoken = true;
            spokenAt = now;
            LOG.warn("Redis can't be used: {}. Limits are counted as each of them says for that case.", why);
        }
    }

    private void retry() {
        if (!closed) {
            vertx.setTimer(RETRY_MILLIS, due -> connect());
        }
    }

    Future<Void> close() {
        Redis last;
        synchronized (this) {
            closed = true;
            connection = null;
            last = client;
        }
        vertx.cancelTimer(checking);
        return last.close().otherwiseEmpty();
    }

    /** Whole numbers of an answer. */
    static long[] numbers(Response response) {
        var numbers = new long[response.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = response.get(i).toLong();
        }
        return numbers;
    }
}
