package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.SseReader;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.util.Map;

/**
 * One protocol: puts questions into its words, and what it answers into OpenAI's. Pure: all that is sent and received is in the
 * arguments and the results, and {@link OpenAi} does the rest, for every protocol alike.
 */
interface Translator {

    /**
     * What is sent with {@code POST}.
     *
     * @param path what comes after the upstream's URL, with its query
     * @param headers besides {@code content-type}, {@code accept} and {@code x-request-id}
     */
    record Request(String path, Map<String, String> headers, Buffer body) {}

    /** Takes a stream apart, however the network cut it. */
    interface Reader {

        /**
         * Reads on.
         *
         * @throws IllegalStateException if an event is larger than the limit
         * @throws Failure if the upstream says that it failed, or what it says can't be understood
         */
        void read(Buffer data);

        /** The response has ended, be it complete or not. */
        default void end() {}
    }

    /** @throws Failure 400 with the name of what this protocol has no words for */
    Request request(Question question);

    /**
     * A whole answer in OpenAI's words.
     *
     * @throws Failure if it can't be understood
     */
    Buffer whole(Question question, Buffer body);

    /** The media type of a stream. */
    String streamType();

    /**
     * A stream in OpenAI's words: the data of its events, always with one that has the usage if there is any, and with
     * {@code [DONE]} if the upstream said that this was all.
     *
     * @param limit bytes of an event at most
     */
    Reader stream(Question question, int limit, SseReader.Events events);

    /** How to ask which models there are; only called where the configuration may say {@code discover}. */
    default Listing listing() {
        throw new IllegalStateException("This protocol does not tell its models");
    }

    /** What a response with another status than 200 means. */
    default Failure failure(Question question, HttpClientResponse response, Buffer body) {
        return UpstreamFailure.of(question, response, body);
    }
}
