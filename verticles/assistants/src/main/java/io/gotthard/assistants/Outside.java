package io.gotthard.assistants;

import io.gotthard.kit.AddressRule;
import io.gotthard.kit.Whereabouts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP with servers that somebody named who may not see our networks. A name is looked up for each request, all of its addresses are
 * checked, and it is one of these very addresses that is connected to; what a server redirects to is checked in the same way.
 */
final class Outside {

    /** Where a server may send us on to. */
    enum Redirects {
        NONE,
        SAME_ORIGIN,
        ANYWHERE
    }

    /**
     * A request.
     *
     * @param headers already checked; with secrets, if {@code redirects} does not say that they may go anywhere
     * @param body null for none
     * @param timeout from here to the last byte of the answer, redirects included
     * @param limit bytes of the answer that are read
     */
    record Ask(
            HttpMethod method,
            URI uri,
            Map<String, String> headers,
            Buffer body,
            Duration timeout,
            long limit,
            Redirects redirects) {}

    /**
     * An answer.
     *
     * @param type its media type with parameters, or an empty text
     * @param cut whether there was more of it than the limit
     * @param uri where it came from
     */
    record Said(int status, String type, Buffer body, boolean cut, URI uri) {}

    private static final Logger LOG = LoggerFactory.getLogger(Outside.class);
    private static final int MOST_REDIRECTS = 5;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final Vertx vertx;
    private final AddressRule rule;
    private final Whereabouts.Names names;
    private final HttpClientAgent client;

    Outside(Vertx vertx, AddressRule rule, Whereabouts.Names names) {
        this.vertx = vertx;
        this.rule = rule;
        this.names = names;
        this.client = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setSsl(true)
                        .setVerifyHost(true)
                        .setConnectTimeout(5_000)
                        .setKeepAliveTimeout(4)
                        .setTcpNoDelay(true))
                .with(new PoolOptions().setHttp1MaxSize(200).setMaxWaitQueueSize(200))
                // What breaks fails its request; without a listener here, Vert.x would log it as an error of ours.
                .withConnectHandler(connection -> connection.exceptionHandler(cause -> LOG.debug(
                        "A connection of a tool failed: {}", cause.getClass().getSimpleName())))
                .build();
    }

    /**
     * A URL as tools may have them: http or https, with a host, and without a user.
     *
     * @throws Trouble if it is another one
     */
    static URI uri(String text) {
        try {
            var uri = URI.create(text);
            if (origin(uri) != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new Trouble("A URL must be an http or https one with a host, and without a user.");
    }

    /** Scheme, host and port, in one spelling; null if it is no URL as tools may have them. */
    static String origin(URI uri) {
        var scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        boolean http = "http".equals(scheme) || "https".equals(scheme);
        if (!http || uri.getHost() == null || uri.getRawUserInfo() != null || uri.getPort() > 65_535) {
            return null;
        }
        return scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + ":" + port(uri);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : isTls(uri) ? 443 : 80;
    }

    private static boolean isTls(URI uri) {
        return "https".equalsIgnoreCase(uri.getScheme());
    }

    /** Asks, and reads the answer as far as the limit; fails with {@link Trouble} or what it can be made of. */
    Future<Said> ask(Ask ask) {
        var promise = Promise.<Said>promise();
        var exchange = new Exchange(ask, promise);
        long timer = vertx.setTimer(Math.max(1, ask.timeout().toMillis()), late -> exchange.fail(Trouble.late()));
        exchange.hop(ask.uri(), 0);
        return promise.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    /** A request, connected to a checked address but not sent yet. Nothing bounds it in time. */
    Future<HttpClientRequest> connect(HttpMethod method, URI uri, Map<String, String> headers) {
        if (origin(uri) == null) {
            return Future.failedFuture(new Trouble("The server named a URL that can't be followed."));
        }
        var host = uri.getHost();
        var path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        var options = new RequestOptions()
                .setMethod(method)
                .setSsl(isTls(uri))
                .setHost(host)
                .setPort(port(uri))
                .setURI(uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery());
        headers.forEach(options::putHeader);
        return find(host, port(uri)).compose(server -> client.request(options.setServer(server)));
    }

    private Future<SocketAddress> find(String host, int port) {
        var literal = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        try {
            if (!rule.allows(InetAddress.ofLiteral(literal))) {
                return Future.failedFuture(new SecurityException("An address that is not allowed"));
            }
        } catch (IllegalArgumentException name) {
            // Then it is looked up, and what is found is checked.
        }
        return new Whereabouts(vertx, "server of a tool", host, port, rule, names).find();
    }

    /** Closes all connections. */
    Future<Void> close() {
        return client.close();
    }

    /** One request with what it is redirected to. */
    private final class Exchange {

        private final Ask ask;
        private final Promise<Said> promise;
        private final Buffer body = Buffer.buffer();
        private HttpClientRequest open;

        Exchange(Ask ask, Promise<Said> promise) {
            this.ask = ask;
            this.promise = promise;
        }

        void hop(URI uri, int redirects) {
            connect(ask.method(), uri, ask.headers())
                    .compose(request -> {
                        open = request;
                        if (promise.future().isComplete()) {
                            request.reset();
                            return Future.failedFuture(Trouble.late());
                        }
                        return ask.body() == null ? request.send() : request.send(ask.body());
                    })
                    .onSuccess(response -> answer(uri, redirects, response))
                    .onFailure(this::fail);
        }

        private void answer(URI uri, int redirects, HttpClientResponse response) {
            var location = response.getHeader(HttpHeaders.LOCATION);
            if (REDIRECTS.contains(response.statusCode())
                    && location != null
                    && ask.redirects() != Redirects.NONE
                    && ask.method() == HttpMethod.GET) {
                open.reset();
                redirect(uri, redirects, location);
                return;
            }
            var type = response.getHeader(HttpHeaders.CONTENT_TYPE);
            response.exceptionHandler(this::fail);
            response.endHandler(end -> done(uri, response.statusCode(), type, false));
            response.handler(data -> {
                long room = ask.limit() - body.length();
                if (data.length() <= room) {
                    body.appendBuffer(data);
                } else if (!promise.future().isComplete()) {
                    body.appendBuffer(data, 0, (int) Math.max(0, room));
                    done(uri, response.statusCode(), type, true);
                    open.reset();
                }
            });
        }

        private void redirect(URI from, int redirects, String location) {
            URI to;
            try {
                to = from.resolve(location);
            } catch (IllegalArgumentException e) {
                fail(new Trouble("The server named a URL that can't be followed."));
                return;
            }
            boolean same = origin(from).equals(origin(to));
            if (redirects == MOST_REDIRECTS) {
                fail(new Trouble("The server redirects again and again."));
            } else if (ask.redirects() == Redirects.SAME_ORIGIN && !same) {
                fail(new Trouble("The server redirects to another one, which is not followed."));
            } else if (isTls(from) && !isTls(to)) {
                fail(new Trouble("The server redirects to a URL without TLS, which is not followed."));
            } else {
                hop(to, redirects + 1);
            }
        }

        private void done(URI uri, int status, String type, boolean cut) {
            promise.tryComplete(new Said(status, type == null ? "" : type, body, cut, uri));
        }

        void fail(Throwable cause) {
            if (promise.tryFail(cause) && open != null) {
                open.reset();
            }
        }
    }
}
