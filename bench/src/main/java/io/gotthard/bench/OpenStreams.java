package io.gotthard.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.TimeUnit;

/**
 * Opens many streams of the slow model and holds them: {@code OpenStreams <port> <streams> <seconds>}, the bearer key in
 * the environment as {@code BENCH_KEY}.
 *
 * <p>Prints {@code opened=<n> failed=<n> millis=<n>} when each stream has said its first word or failed, at the latest a
 * minute after the start; holds them for the given seconds; prints {@code alive=<n>}, the streams that are still open,
 * and exits with 0.
 */
public final class OpenStreams {

    /** So that no accept queue overflows: what is measured is open streams, not a flood of connections. */
    private static final int OPENING_AT_ONCE = 200;

    private static final long OPENING_LIMIT_MILLIS = 60_000;
    private static final Buffer QUESTION = Buffer.buffer("""
        {"model": "bench-slow", "stream": true, "stream_options": {"include_usage": true},
         "messages": [{"role": "user", "content": "Tell me slowly how the pass road climbs."}]}
        """);

    private final Vertx vertx;
    private final HttpClient client;
    private final RequestOptions target;
    private final int wanted;
    private final long holdMillis;
    private final long startedAt = System.nanoTime();

    // All on one event loop.
    private int started;
    private int opened;
    private int failed;
    private int ended;
    private boolean holding;

    private OpenStreams(Vertx vertx, int port, String key, int wanted, long holdMillis) {
        this.vertx = vertx;
        this.wanted = wanted;
        this.holdMillis = holdMillis;
        this.client = vertx.createHttpClient(new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(wanted));
        this.target = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI("/v1/chat/completions")
                .putHeader("authorization", "Bearer " + key)
                .putHeader("content-type", "application/json")
                .putHeader("accept", "text/event-stream");
    }

    /** See the class. */
    public static void main(String[] args) {
        if (args.length != 3) {
            System.err.println("usage: OpenStreams <port> <streams> <seconds>");
            System.exit(2);
        }
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        var key = System.getenv().getOrDefault("BENCH_KEY", "");
        var hold = TimeUnit.SECONDS.toMillis(Long.parseLong(args[2]));
        var streams = new OpenStreams(vertx, Integer.parseInt(args[0]), key, Integer.parseInt(args[1]), hold);
        vertx.runOnContext(now -> streams.start());
    }

    private void start() {
        vertx.setTimer(OPENING_LIMIT_MILLIS, late -> hold());
        openMore();
    }

    private void openMore() {
        while (started < wanted && started - opened - failed < OPENING_AT_ONCE) {
            started++;
            client.request(target)
                    .compose(request -> request.send(QUESTION))
                    .compose(OpenStreams::accepted)
                    .onSuccess(this::listen)
                    .onFailure(this::refused);
        }
        if (opened + failed == wanted) {
            hold();
        }
    }

    private static Future<HttpClientResponse> accepted(HttpClientResponse response) {
        return response.statusCode() == 200
                ? Future.succeededFuture(response)
                : Future.failedFuture("status " + response.statusCode());
    }

    private void listen(HttpClientResponse response) {
        var open = new boolean[1];
        response.handler(words -> {
            if (!open[0]) {
                open[0] = true;
                opened++;
                openMore();
            }
        });
        response.exceptionHandler(broken -> over(open[0], broken.toString()));
        response.endHandler(end -> over(open[0], "ended"));
    }

    private void over(boolean wasOpen, String why) {
        if (wasOpen) {
            ended++;
        } else {
            refused(new IllegalStateException(why));
        }
    }

    private void refused(Throwable why) {
        failed++;
        if (failed <= 3) {
            System.err.println("a stream was not opened: " + why.getMessage());
        }
        // Not recursively: five thousand refusals in a row would be as many frames.
        vertx.runOnContext(next -> openMore());
    }

    private void hold() {
        if (holding) {
            return;
        }
        holding = true;
        var millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedAt);
        System.out.println("opened=" + opened + " failed=" + (wanted - opened) + " millis=" + millis);
        vertx.setTimer(holdMillis, over -> {
            System.out.println("alive=" + (opened - ended));
            System.exit(0);
        });
    }
}
