package io.gotthard.router;

import io.netty.handler.codec.http.HttpMessage;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Refuses a request that says twice, and differently, where it ends. Netty prefers one of the two headers, a proxy in front of
 * us may prefer the other, and what lies between would be a second request that the proxy never saw (RFC 9112, 6.3).
 *
 * <p>Vert.x has no public way to say so, hence the look into its pipeline.
 */
final class StrictRequests {

    private static final String DECODER = "httpDecoder";

    private StrictRequests() {}

    /** To be called when the connection is new. */
    static void enforceOn(HttpConnection connection, HttpServerOptions options) {
        var pipeline = ((ConnectionBase) connection).channel().pipeline();
        pipeline.replace(DECODER, DECODER, new Decoder(options));
    }

    private static final class Decoder extends VertxHttpRequestDecoder {

        Decoder(HttpServerOptions options) {
            super(options);
        }

        @Override
        protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
            throw new IllegalArgumentException("Transfer-Encoding and Content-Length exclude each other");
        }
    }
}
