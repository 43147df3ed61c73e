package io.gotthard.router;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Refuses a request that says twice, and differently, where it ends, or in a way that is not sure to be understood the same by
 * all. Netty prefers one of two headers, or takes no notice of a coding that it does not know; a proxy in front of us may do
 * otherwise, and what lies between would be a second request that the proxy never saw (RFC 9112, 6.3).
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

        /** Vert.x would answer another version in that version, and not in ours. */
        @Override
        protected HttpMessage createMessage(String[] initialLine) {
            var version = initialLine[2];
            if (!version.equals("HTTP/1.1") && !version.equals("HTTP/1.0")) {
                throw new IllegalArgumentException("The version must be HTTP/1.1 or HTTP/1.0");
            }
            return super.createMessage(initialLine);
        }

        /** Netty asks this of every message once its headers are there. */
        @Override
        protected boolean isContentAlwaysEmpty(HttpMessage message) {
            var headers = message.headers();
            if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING) && !isChunkedAndNothingElse(message)) {
                throw new IllegalArgumentException("The only Transfer-Encoding is chunked, once, and in HTTP/1.1");
            }
            return super.isContentAlwaysEmpty(message);
        }

        private static boolean isChunkedAndNothingElse(HttpMessage message) {
            var codings = message.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
            return codings.size() == 1
                    && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.getFirst())
                    && message.protocolVersion().isKeepAliveDefault();
        }
    }
}
