package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Usage;
import io.gotthard.models.Kind;
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
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenAI's REST API. Only the model's name is translated, and usage is always asked for in streams; every other byte reaches
 * the upstream and the client as the other side wrote it.
 */
public final class OpenAi implements Provider {

    private static final Logger LOG = LoggerFactory.getLogger(OpenAi.class);

    private final Vertx vertx;
    private final HttpClientAgent client;
    private final Upstream upstream;
    private final String path;
    private final String authorization;

    /** Connects to an upstream from the current context; nothing is sent yet. */
    public OpenAi(Vertx vertx, Upstream upstream) {
        var uri = URI.create(upstream.url());
        boolean tls = "https".equals(uri.getScheme());
        int port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
        this.vertx = vertx;
        this.upstream = upstream;
        this.path = uri.getRawPath().replaceAll("/+$", "");
        this.authorization = upstream.key() == null ? null : "Bearer " + upstream.key();
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
        var exchange = new OpenAiExchange(vertx, outlet);
        return client.request(options(question))
                .compose(request -> exchange.send(request, body(question)))
                .recover(cause -> Future.failedFuture(UpstreamFailure.of(cause)))
                .compose(response -> answer(question, outlet, exchange, response));
    }

    private RequestOptions options(Question question) {
        var options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setURI(path + path(question.kind()))
                .putHeader(HttpHeaders.CONTENT_TYPE, Answer.JSON)
                .putHeader(HttpHeaders.ACCEPT, question.streaming() ? Answer.SSE : Answer.JSON)
                .putHeader("x-request-id", question.call().requestId());
        return authorization == null ? options : options.putHeader(HttpHeaders.AUTHORIZATION, authorization);
    }

    private static String path(Kind kind) {
        return switch (kind) {
            case CHAT -> "/chat/completions";
            case COMPLETION -> "/completions";
            case EMBEDDING -> "/embeddings";
            default -> throw Failure.invalid("model", "This kind of model has no operation yet.");
        };
    }

    private static Buffer body(Question question) {
        var edit = question.body().edit().set("model", Json.encode(question.upstreamModel()));
        if (question.streaming()) {
            var options = new JsonObject();
            if (question.body().fields().get("stream_options") instanceof Map<?, ?> given) {
                given.forEach((name, value) -> options.put((String) name, value));
            }
            edit.set("stream_options", options.put("include_usage", true).encode());
        }
        return edit.toBuffer();
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
                    .compose(body -> Future.failedFuture(UpstreamFailure.of(question, response, body)));
        }
        if (question.streaming()) {
            return new OpenAiStream(question, outlet, exchange, response, (int) Math.min(limit, Integer.MAX_VALUE))
                    .begin();
        }
        outlet.answering();
        return exchange.collect(response, limit).map(body -> whole(question, body));
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
