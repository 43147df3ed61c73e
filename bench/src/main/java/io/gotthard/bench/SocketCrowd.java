package io.gotthard.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Many sockets that follow some threads, and who writes into those: {@code SocketCrowd <gotthard|bare> <port> <sockets> <threads>
 * <events a second> <seconds>}, the bearer key in the environment as {@code BENCH_KEY}.
 *
 * <p>Prints {@code measuring} when everybody follows and some seconds of warm-up are over, and {@code measured}, at the end of the time, with the
 * deliveries and what they took from the request that appends to the receipt, in microseconds.
 */
public final class SocketCrowd {

    private static final int AT_ONCE = 100;
    private static final long WARM_UP_MILLIS = 10_000;
    private static final String PADDING = "The pass road climbs through the gorge and over a bridge. ".repeat(3);
    private static final String TEXT = "\"content\":\"";

    private final Vertx vertx;
    private final boolean bare;
    private final int port;
    private final int sockets;
    private final int rate;
    private final long millis;
    private final HttpClient http;
    private final WebSocketClient webSockets;
    private final List<String> threads = new ArrayList<>();
    private final String key = System.getenv().getOrDefault("BENCH_KEY", "");
    private final int threadCount;

    // All on one event loop.
    private boolean measuring;
    private int[] micros = new int[1 << 20];
    private int received;
    private int next;
    private int posted;
    private int refused;

    private SocketCrowd(Vertx vertx, String[] args) {
        this.vertx = vertx;
        this.bare = args[0].equals("bare");
        this.port = Integer.parseInt(args[1]);
        this.sockets = Integer.parseInt(args[2]);
        this.threadCount = Integer.parseInt(args[3]);
        this.rate = Integer.parseInt(args[4]);
        this.millis = TimeUnit.SECONDS.toMillis(Long.parseLong(args[5]));
        this.http = vertx.createHttpClient(new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(64));
        this.webSockets = vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxConnections(sockets + 1).setMaxFrameSize(1 << 20));
    }

    /** See the class. */
    public static void main(String[] args) {
        if (args.length != 6) {
            System.err.println("usage: SocketCrowd <gotthard|bare> <port> <sockets> <threads> <rate> <seconds>");
            System.exit(2);
        }
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
        var crowd = new SocketCrowd(vertx, args);
        vertx.runOnContext(go -> crowd.threads(0)
                .compose(made -> crowd.open(0))
                .onSuccess(all -> crowd.write())
                .onFailure(cause -> {
                    System.err.println("the crowd did not get in: " + cause);
                    System.exit(1);
                }));
    }

    private Future<Void> threads(int made) {
        if (made == threadCount) {
            return Future.succeededFuture();
        }
        if (bare) {
            threads.add("/group" + made);
            return threads(made + 1);
        }
        return post(
                        "/api/v1/threads",
                        new JsonObject().put("title", "Thread " + made).toBuffer())
                .compose(body -> {
                    threads.add(new JsonObject(body).getString("id"));
                    return threads(made + 1);
                });
    }

    private Future<Buffer> post(String path, Buffer body) {
        var options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI(path)
                .putHeader("authorization", "Bearer " + key)
                .putHeader("content-type", "application/json");
        return http.request(options)
                .compose(request -> request.send(body))
                .compose(response -> response.statusCode() == 200
                        ? response.body()
                        : Future.failedFuture("status " + response.statusCode()));
    }

    private Future<Void> open(int opened) {
        if (opened >= sockets) {
            return Future.succeededFuture();
        }
        var opening = new ArrayList<Future<?>>();
        for (int i = opened; i < Math.min(sockets, opened + AT_ONCE); i++) {
            opening.add(follow(threads.get(i % threads.size())));
        }
        return Future.all(opening).compose(all -> open(opened + AT_ONCE));
    }

    private Future<Void> follow(String thread) {
        if (bare) {
            return webSockets
                    .connect(port, "127.0.0.1", thread)
                    .onSuccess(socket -> socket.textMessageHandler(this::receive))
                    .mapEmpty();
        }
        return webSockets.connect(port, "127.0.0.1", "/api/v1/ws").compose(socket -> subscribe(socket, thread));
    }

    private Future<Void> subscribe(WebSocket socket, String thread) {
        var subscribed = Promise.<Void>promise();
        socket.textMessageHandler(text -> {
            if (text.startsWith("{\"type\":\"subscribed\"")) {
                subscribed.tryComplete();
            } else if (text.startsWith("{\"type\":\"error\"")) {
                subscribed.tryFail(text);
            }
            receive(text);
        });
        socket.closeHandler(gone -> subscribed.tryFail("closed with " + socket.closeStatusCode()));
        socket.writeTextMessage(
                new JsonObject().put("type", "auth").put("token", key).encode());
        socket.writeTextMessage(new JsonObject()
                .put("type", "subscribe")
                .put("id", "s")
                .put("thread", thread)
                .encode());
        return subscribed.future();
    }

    private void write() {
        vertx.setPeriodic(Math.max(1, 1000 / rate), tick -> writeOne());
        vertx.setTimer(WARM_UP_MILLIS, warm -> {
            measuring = true;
            System.out.println("measuring");
        });
        vertx.setTimer(WARM_UP_MILLIS + millis, over -> measured());
    }

    private void writeOne() {
        var thread = threads.get(next++ % threads.size());
        var text = System.nanoTime() + " " + PADDING;
        var sent = bare
                ? post(
                        thread,
                        Buffer.buffer("{\"type\":\"event\",\"id\":\"s\",\"event\":{\"seq\":1," + TEXT + text + "\"}}"))
                : post(
                        "/api/v1/threads/" + thread + "/messages",
                        new JsonObject().put("content", text).toBuffer());
        posted += measuring ? 1 : 0;
        sent.onFailure(cause -> refused++);
    }

    private void receive(String frame) {
        int at = frame.indexOf(TEXT);
        if (!measuring || at < 0) {
            return;
        }
        int from = at + TEXT.length();
        long sent = Long.parseLong(frame, from, frame.indexOf(' ', from), 10);
        if (received == micros.length) {
            micros = Arrays.copyOf(micros, received * 2);
        }
        micros[received++] = (int) ((System.nanoTime() - sent) / 1000);
    }

    private void measured() {
        measuring = false;
        var all = Arrays.copyOf(micros, received);
        Arrays.sort(all);
        System.out.println("measured posted=" + posted + " refused=" + refused + " delivered=" + received + " p50="
                + at(all, 0.5) + " p99=" + at(all, 0.99) + " most=" + at(all, 1));
        // Long enough for who reads the memory of who serves us.
        vertx.setTimer(3000, end -> System.exit(0));
    }

    private static int at(int[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, (int) (share * sorted.length))];
    }
}
