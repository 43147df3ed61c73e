package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.gotthard.kit.AddressRule;
import io.gotthard.kit.Whereabouts;
import io.gotthard.models.Kind;
import io.gotthard.models.Proxy;
import io.gotthard.models.Upstream;
import io.vertx.core.Future;
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
import io.vertx.core.json.DecodeException;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An upstream with an HTTP API like OpenAI's, in the words of a {@link Translator}. */
public final class OpenAi implements Provider {

    private static final Logger LOG = LoggerFactory.getLogger(OpenAi.class);

    /** Bytes of a list of models; those of large hubs are half a megabyte. */
    private static final long LIST_LIMIT = 4 * 1024 * 1024;

    private static final long LIST_SECONDS = 15;

    private final Vertx vertx;
    private final String name;
    private final HttpClientAgent client;
    private final Upstream upstream;
    private final String host;
    private final int port;
    private final String path;
    private final Translator translator;
    private final RequestUrls urls;
    private final Secrets secrets;
    /** Null if a proxy finds it. */
    private final Whereabouts whereabouts;

    /**
     * Connects to an upstream from the current context; nothing is sent yet.
     *
     * @param name the upstream's, for logs
     * @param authorities the certificates, in PEM, of those who are believed that it is who it says; null for those whom the JDK believes
     */
    public static OpenAi of(Vertx vertx, String name, Upstream upstream, String authorities) {
        return new OpenAi(vertx, name, upstream, authorities, Whereabouts.USUAL);
    }

    static Translator translator(Upstream upstream) {
        return switch (upstream.protocol()) {
            case OPENAI -> new OpenAiCompatible(upstream);
            case AZURE -> new Azure(upstream);
            case ANTHROPIC -> new Anthropic(upstream);
            case OLLAMA -> new Ollama(upstream);
            case GEMINI -> new Gemini(upstream);
            case BEDROCK -> new Bedrock(upstream, InstantSource.system());
        };
    }

    OpenAi(Vertx vertx, String name, Upstream upstream, String authorities, Whereabouts.Names names) {
        var uri = URI.create(upstream.url());
        boolean tls = "https".equals(uri.getScheme());
        this.vertx = vertx;
        this.name = name;
        this.upstream = upstream;
        this.host = uri.getHost();
        this.port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
        this.path = uri.getRawPath().replaceAll("/+$", "");
        this.translator = translator(upstream);
        this.urls = new RequestUrls(upstream.requestUrls());
        this.secrets = new Secrets(upstream);
        this.whereabouts = upstream.proxy() != null
                ? null
                : new Whereabouts(vertx, "upstream " + name, host, port, AddressRule.of(upstream.networks()), names);
        var options = new HttpClientOptions()
                .setDefaultHost(host)
                .setDefaultPort(port)
                .setSsl(tls)
                .setVerifyHost(true)
                .setConnectTimeout((int) upstream.connectTimeout().toMillis())
                // A usual model server closes idle connections after five seconds: be the first.
                .setKeepAliveTimeout(4)
                .setTcpNoDelay(true);
        if (authorities != null) {
            options.setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(authorities)));
        }
        if (upstream.proxy() != null) {
            options.setProxyOptions(proxy(Proxy.parse(upstream.proxy())));
        }
        var pool = upstream.pool();
        this.client = vertx.httpClientBuilder()
                .with(options)
                .with(new PoolOptions().setHttp1MaxSize(pool.size()).setMaxWaitQueueSize(pool.queue()))
                // What breaks fails its request; without a listener here, Vert.x would log it as an error of ours.
                .withConnectHandler(connection -> connection.exceptionHandler(cause -> LOG.debug(
                        "A connection to upstream {} failed: {}",
                        name,
                        cause.getClass().getSimpleName())))
                .build();
    }

    private static ProxyOptions proxy(Proxy proxy) {
        var options = new ProxyOptions()
                .setType(proxy.socks() ? ProxyType.SOCKS5 : ProxyType.HTTP)
                .setHost(proxy.host())
                .setPort(proxy.port());
        return proxy.user() == null
                ? options
                : options.setUsername(proxy.user()).setPassword(proxy.password());
    }

    @Override
    public Future<Answer> ask(Question question, Outlet outlet) {
        Translator.Request words;
        try {
            urls.check(question.body());
            words = translator.request(question);
        } catch (Failure refusal) {
            return Future.failedFuture(refusal);
        }
        var exchange = new OpenAiExchange(vertx, outlet);
        return connect(options(question, words))
                .compose(request -> exchange.send(request, words.body()))
                .recover(cause -> Future.failedFuture(UpstreamFailure.of(cause)))
                .compose(response -> answer(question, outlet, exchange, response));
    }

    /** A request on a connection to where the upstream may be. Redirects are not followed: Vert.x does not unless it is told to. */
    private Future<HttpClientRequest> connect(RequestOptions options) {
        options.setHost(host).setPort(port);
        return whereabouts == null
                ? client.request(options)
                : whereabouts
                        .find()
                        .compose(server -> client.request(options.setServer(server)))
                        .onFailure(cause -> whereabouts.unreachable());
    }

    private RequestOptions options(Question question, Translator.Request words) {
        var options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setURI(path + words.path())
                .putHeader(HttpHeaders.CONTENT_TYPE, Answer.JSON)
                .putHeader(HttpHeaders.ACCEPT, question.streaming() ? translator.streamType() : Answer.JSON)
                .putHeader("x-request-id", question.call().requestId());
        words.headers().forEach(options::putHeader);
        return options;
    }

    private Future<Answer> answer(
            Question question, Outlet outlet, OpenAiExchange exchange, HttpClientResponse response) {
        long limit = upstream.answerLimit().bytes();
        if (response.statusCode() != 200) {
            // The status says what it is, also if the body is too long, broke off or does not come.
            long timer = vertx.setTimer(OpenAiExchange.LAST_WORDS_MILLIS, late -> exchange.cancel());
            return exchange.collect(response, UpstreamFailure.BODY_LIMIT)
                    .onComplete(read -> vertx.cancelTimer(timer))
                    .otherwise(Buffer.buffer())
                    .compose(body -> Future.failedFuture(translator.failure(question, response, body)));
        }
        if (question.streaming()) {
            int most = (int) Math.min(limit, Integer.MAX_VALUE);
            return OpenAiStream.of(question, outlet, exchange, response, translator, most)
                    .begin();
        }
        if (question.kind() == Kind.SPEECH) {
            return new OpenAiSound(question, outlet, exchange, response).begin();
        }
        outlet.answering();
        var type = response.getHeader(HttpHeaders.CONTENT_TYPE);
        return exchange.collect(response, limit)
                .map(body -> OpenAiAnswer.of(question, type, translator.whole(question, body)));
    }

    @Override
    public Failure masked(Failure failure) {
        return secrets.mask(failure);
    }

    /** Asks the upstream which models it has; fails if it does not say so soon, or in too many words. */
    public Future<List<Found>> discover() {
        var listing = translator.listing();
        var exchange = new OpenAiExchange(vertx, new Unheard());
        var options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setURI(path + listing.path())
                .putHeader(HttpHeaders.ACCEPT, Answer.JSON);
        listing.headers().forEach(options::putHeader);
        var timer = vertx.setTimer(TimeUnit.SECONDS.toMillis(LIST_SECONDS), late -> exchange.cancel());
        return connect(options)
                .compose(request -> exchange.send(request, Buffer.buffer()))
                .recover(cause -> Future.failedFuture(UpstreamFailure.of(cause)))
                .compose(response -> exchange.collect(response, LIST_LIMIT).map(body -> {
                    if (response.statusCode() != 200) {
                        throw Failure.upstream("status_" + response.statusCode(), "It answers otherwise.");
                    }
                    return body;
                }))
                .map(body -> {
                    try {
                        return listing.read(body.toJsonObject());
                    } catch (DecodeException | ClassCastException e) {
                        throw UpstreamFailure.malformed();
                    }
                })
                .onComplete(done -> vertx.cancelTimer(timer));
    }

    /** Closes all connections. What is still being asked fails. */
    public void close() {
        client.close().onFailure(cause -> LOG.warn("The connections to upstream {} could not be closed", name));
    }

    /** For who asks for itself, and not for a client. */
    private static final class Unheard implements Outlet {
        @Override
        public void connected() {}

        @Override
        public void answering() {}

        @Override
        public void heard() {}

        @Override
        public boolean write(Buffer events, boolean content) {
            return true;
        }

        @Override
        public void end(Usage usage) {}

        @Override
        public void fail(Failure cause) {}

        @Override
        public void onDrain(Runnable action) {}

        @Override
        public void onCancel(Runnable action) {}

        @Override
        public boolean isCancelled() {
            return false;
        }
    }
}
