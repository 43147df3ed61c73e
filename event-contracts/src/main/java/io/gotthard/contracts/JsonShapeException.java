package io.gotthard.contracts;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;

/** Well-formed perhaps, but not what {@link JsonBody} can read. */
final class JsonShapeException extends JsonProcessingException {

    private static final long serialVersionUID = 1L;

    JsonShapeException(JsonParser parser, String message) {
        super(message, parser.currentLocation());
    }
}
