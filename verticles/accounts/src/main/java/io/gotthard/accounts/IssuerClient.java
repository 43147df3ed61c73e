package io.gotthard.accounts;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;

/** Asks issuers for JSON, and believes in neither their speed nor their size. Redirects are not followed. */
final class IssuerClient {

    private static final int MOST_BYTES = 512 * 1024;
    private static final int PATIENCE_MILLIS = 5_000;

    private final HttpClient client;

    IssuerClient(Vertx vertx) {
        this.client = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout(PATIENCE_MILLIS / 2)
                .setIdleTimeout(30)
                .setMaxHeaderSize(32 * 1024));
    }

    /** The JSON object at an address; fails if there is none within {@value #PATIENCE_MILLIS} ms. */
    Future<JsonObject> get(String url) {
        return ask(HttpMethod.GET, url, MultiMap.caseInsensitiveMultiMap(), Buffer.buffer());
    }

    /** The JSON object that is the answer to a form. */
    Future<JsonObject> post(String url, String authorization, String form) {
        var headers = MultiMap.caseInsensitiveMultiMap()
                .add(HttpHeaders.CONTENT_TYPE, HttpHeaders.APPLICATION_X_WWW_FORM_URLENCODED);
        if (authorization != null) {
            headers.add(HttpHeaders.AUTHORIZATION, authorization);
        }
        return ask(HttpMethod.POST, url, headers, Buffer.buffer(form));
    }

    private Future<JsonObject> ask(HttpMethod method, String url, MultiMap headers, Buffer body) {
        if (!OidcIssuer.isSafe(url)) {
            return Future.failedFuture("not an https URL, nor http on this machine: " + url);
        }
        var options = new RequestOptions()
                .setMethod(method)
                .setAbsoluteURI(url)
                .setFollowRedirects(false)
                .setTimeout(PATIENCE_MILLIS)
                .setHeaders(headers.add(HttpHeaders.ACCEPT, "application/json"));
        return client.request(options)
                .compose(request -> request.send(body)
                        .compose(response -> read(url, response))
                        .timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                        .onFailure(cause -> request.reset()));
    }

    private static Future<JsonObject> read(String url, HttpClientResponse response) {
        if (response.statusCode() != 200) {
            return Future.failedFuture(url + " answered with status " + response.statusCode());
        }
        var read = Buffer.buffer();
        Promise<Buffer> whole = Promise.promise();
        response.handler(bytes -> {
            read.appendBuffer(bytes);
            if (read.length() > MOST_BYTES) {
                whole.tryFail(url + " answered with more than " + MOST_BYTES + " bytes");
            }
        });
        response.exceptionHandler(whole::tryFail);
        response.endHandler(end -> whole.tryComplete(read));
        return whole.future().map(JsonObject::new);
    }

    Future<Void> close() {
        return client.close();
    }
}
