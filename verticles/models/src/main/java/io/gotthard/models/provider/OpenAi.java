package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Usage;
import io.gotthard.models.Upstream;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An upstream with an HTTP API like OpenAI's, in the words of a {@link Translator}. */
public final class OpenAi implements Provider {

    private static final Logger LOG = LoggerFactory.getLogger(OpenAi.class);

    private final Vertx vertx;
    private final HttpClientAgent client;
    private final Upstream upstream;
    private final String path;
    private final Translator translator;

    /** Connects to an upstream from the current context; nothing is sent yet. */
    public static Provider of(Vertx vertx, Upstream upstream) {
        return new OpenAi(vertx, upstream, translator(upstream));
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

    private OpenAi(Vertx vertx, Upstream upstream, Translator translator) {
        var uri = URI.create(upstream.url());
        boolean tls = "https".equals(uri.getScheme());
        int port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
        this.vertx = vertx;
        this.upstream = upstream;
        this.path = uri.getRawPath().replaceAll("/+$", "");
        this.translator = translator;
        this.client = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setDefaultHost(uri.getHost())
                        .setDefaultPort(port)
                        .setSsl(tls)
                        .setVerifyHost(true)
                        .setConnectTimeout((int) upstream.connectTimeout().toMillis())
                        // A usual model server closes idle connections after five seconds: be the first.
                        .setKeepAliveTimeout(4)
                        .setTcpNoDelay(true))
                .with(new PoolOptions().setHttp1MaxSize(upstream.connections()).setMaxWaitQueueSize(1_000))
                // What breaks fails its request; without a listener here, Vert.x would log it as an error of ours.
                .withConnectHandler(connection -> connection.exceptionHandler(
                        cause -> LOG.debug("A connection to {} failed", upstream.url(), cause)))
                .build();
    }

    @Override
    public Future<Answer> ask(Question question, Outlet outlet) {
        Translator.Request words;
        try {
            words = translator.request(question);
        } catch (Failure refusal) {
            return Future.failedFuture(refusal);
        }
        var exchange = new OpenAiExchange(vertx, outlet);
        return client.request(options(question, words))
                .compose(request -> exchange.send(request, words.body()))
                .recover(cause -> Future.failedFuture(UpstreamFailure.of(cause)))
                .compose(response -> answer(question, outlet, exchange, response));
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
            return new OpenAiStream(question, outlet, exchange, response, translator, most).begin();
        }
        outlet.answering();
        return exchange.collect(response, limit).map(body -> whole(question, translator.whole(question, body)));
    }

    private static Answer whole(Question question, Buffer body) {
        try {
            var bytes = body.getBytes();
            var json = JsonBody.scan(bytes, 0, bytes.length);
            if (json.has("error")) {
                throw UpstreamFailure.inBand(question, json);
            }
            var usage = json.object("usage");
            return Answer.json(
                    json.edit()
                            .replace("model", Json.encode(question.model()))
                            .remove("error")
                            .toBuffer(),
                    usage.isEmpty()
                            ? Usage.unreported(question.model(), question.upstream())
                            : Usage.of(question.model(), question.upstream(), usage));
        } catch (IOException e) {
            throw UpstreamFailure.malformed();
        }
    }
}
