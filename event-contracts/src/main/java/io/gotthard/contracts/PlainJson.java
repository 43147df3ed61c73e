package io.gotthard.contracts;

import io.vertx.core.json.jackson.JacksonCodec;
import io.vertx.core.spi.JsonFactory;
import io.vertx.core.spi.json.JsonCodec;

/**
 * Vert.x reads and writes JSON in the same way whatever else is on the class path. By itself it takes another one as soon as
 * jackson-databind is there, which libraries bring: that one is slower, and knows types that this one refuses.
 */
public final class PlainJson implements JsonFactory {

    private static final JacksonCodec CODEC = new JacksonCodec();

    /** For the service loader. */
    public PlainJson() {}

    @Override
    public int order() {
        return 0;
    }

    @Override
    public JsonCodec codec() {
        return CODEC;
    }
}
