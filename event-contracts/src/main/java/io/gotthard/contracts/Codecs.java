package io.gotthard.contracts;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/**
 * How what we say on the bus travels: by reference inside a JVM, and between nodes as one JSON object that is followed by
 * the bytes of the body, so that bodies are neither escaped nor parsed on the way.
 */
final class Codecs {

    static final MessageCodec<Call, Call> CALL = new CallCodec();
    static final MessageCodec<Answer, Answer> ANSWER = new AnswerCodec();
    static final MessageCodec<Failure, Failure> FAILURE = new FailureCodec();

    private Codecs() {}

    /** Registers the codecs, once for each Vert.x. */
    static void register(Vertx vertx) {
        // Two verticles may start at the same time; the map is the one thing of this Vert.x that both see.
        var once = vertx.sharedData().<String, Boolean>getLocalMap("gotthard.codecs");
        synchronized (once) {
            if (once.putIfAbsent("registered", true) == null) {
                var bus = vertx.eventBus();
                register(bus, Call.class, CALL);
                register(bus, Answer.class, ANSWER);
                register(bus, Failure.class, FAILURE);
                register(bus, Finished.class, new LocalCodec<>(Finished.class));
                register(bus, BudgetReached.class, new LocalCodec<>(BudgetReached.class));
            }
        }
    }

    private static <T> void register(EventBus bus, Class<T> type, MessageCodec<T, T> codec) {
        bus.registerDefaultCodec(type, codec);
    }

    private static Map<String, String> texts(JsonObject json) {
        var texts = new HashMap<String, String>();
        for (Map.Entry<String, Object> entry : json) {
            texts.put(entry.getKey(), (String) entry.getValue());
        }
        return texts;
    }

    /** For what does not leave this JVM. */
    private record LocalCodec<T>(Class<T> type) implements MessageCodec<T, T> {

        @Override
        public void encodeToWire(Buffer wire, T value) {
            throw new IllegalArgumentException(name() + " is for this JVM only");
        }

        @Override
        public T decodeFromWire(int pos, Buffer wire) {
            throw new IllegalArgumentException(name() + " is for this JVM only");
        }

        @Override
        public T transform(T value) {
            return value;
        }

        @Override
        public String name() {
            return type.getName();
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }

    private abstract static sealed class Codec<T> implements MessageCodec<T, T> {

        abstract JsonObject head(T value);

        abstract Buffer body(T value);

        abstract T value(JsonObject head, Buffer body);

        @Override
        public void encodeToWire(Buffer wire, T value) {
            var head = head(value).toBuffer();
            var body = body(value);
            wire.appendInt(head.length())
                    .appendBuffer(head)
                    .appendInt(body.length())
                    .appendBuffer(body);
        }

        @Override
        public T decodeFromWire(int pos, Buffer wire) {
            int headAt = pos + Integer.BYTES;
            int headEnd = headAt + wire.getInt(pos);
            int bodyAt = headEnd + Integer.BYTES;
            var body = wire.getBuffer(bodyAt, bodyAt + wire.getInt(headEnd));
            return value(new JsonObject(wire.getBuffer(headAt, headEnd)), body);
        }

        @Override
        public T transform(T value) {
            return value;
        }

        @Override
        public String name() {
            return getClass().getName();
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }

    private static final class CallCodec extends Codec<Call> {

        @Override
        JsonObject head(Call call) {
            var caller = call.caller();
            return new JsonObject()
                    .put("id", call.id())
                    .put("requestId", call.requestId())
                    .put("caller", caller.json())
                    .put("address", call.address())
                    .put("parameters", new JsonObject(new HashMap<>(call.parameters())))
                    .put("hasBody", call.body() != null)
                    .put("form", form(call) == null ? null : form(call).contentType());
        }

        @Override
        Buffer body(Call call) {
            if (call.body() == null) {
                return Buffer.buffer();
            }
            return form(call) == null ? call.body().bytes() : form(call).bytes();
        }

        private static Form form(Call call) {
            return call.body() == null ? null : call.body().form();
        }

        private static JsonBody body(JsonObject head, Buffer body) {
            var form = head.getString("form");
            if (form != null) {
                return JsonBody.of(Form.parse(form, body));
            }
            return head.getBoolean("hasBody") ? JsonBody.parse(body) : null;
        }

        @Override
        Call value(JsonObject head, Buffer body) {
            return new Call(
                    head.getString("id"),
                    head.getString("requestId"),
                    Caller.of(head.getJsonObject("caller")),
                    head.getString("address"),
                    texts(head.getJsonObject("parameters")),
                    body(head, body));
        }
    }

    private static final class AnswerCodec extends Codec<Answer> {

        @Override
        JsonObject head(Answer answer) {
            var usage = answer.usage();
            return new JsonObject()
                    .put("status", answer.status())
                    .put("contentType", answer.contentType())
                    .put("more", answer.more())
                    .put("usage", usage == null ? null : usage(usage))
                    .put("headers", new JsonObject(new HashMap<>(answer.headers())));
        }

        private static JsonObject usage(Usage usage) {
            var media = usage.media();
            return new JsonObject()
                    .put("model", usage.model())
                    .put("upstream", usage.upstream())
                    .put("promptTokens", usage.promptTokens())
                    .put("completionTokens", usage.completionTokens())
                    .put("cachedTokens", usage.cachedTokens())
                    .put("reasoningTokens", usage.reasoningTokens())
                    .put("source", usage.source().name())
                    .put("media", media == null ? null : media(media));
        }

        @Override
        Buffer body(Answer answer) {
            return answer.body();
        }

        @Override
        Answer value(JsonObject head, Buffer body) {
            var usage = head.getJsonObject("usage");
            return new Answer(
                    head.getInteger("status"),
                    head.getString("contentType"),
                    body,
                    head.getBoolean("more"),
                    usage == null ? null : usage(usage),
                    texts(head.getJsonObject("headers")));
        }

        private static Usage usage(JsonObject usage) {
            return new Usage(
                    usage.getString("model"),
                    usage.getString("upstream"),
                    Usage.Source.valueOf(usage.getString("source")),
                    usage.getLong("promptTokens"),
                    usage.getLong("completionTokens"),
                    usage.getLong("cachedTokens"),
                    usage.getLong("reasoningTokens"),
                    media(usage.getJsonObject("media")));
        }

        private static JsonObject media(Usage.Media media) {
            return new JsonObject()
                    .put("images", media.images())
                    .put("size", media.size())
                    .put("quality", media.quality())
                    .put("audioMillis", media.audioMillis())
                    .put("characters", media.characters());
        }

        private static Usage.Media media(JsonObject media) {
            return media == null
                    ? null
                    : new Usage.Media(
                            media.getInteger("images"),
                            media.getString("size"),
                            media.getString("quality"),
                            media.getLong("audioMillis"),
                            media.getLong("characters"));
        }
    }

    private static final class FailureCodec extends Codec<Failure> {

        @Override
        JsonObject head(Failure failure) {
            return new JsonObject()
                    .put("status", failure.status())
                    .put("type", failure.type())
                    .put("code", failure.code())
                    .put("param", failure.param())
                    .put("message", failure.getMessage())
                    .put("retryAfterMillis", failure.retryAfterMillis())
                    .put("headers", new JsonObject(new HashMap<>(failure.headers())));
        }

        @Override
        Buffer body(Failure failure) {
            return Buffer.buffer();
        }

        @Override
        Failure value(JsonObject head, Buffer body) {
            return new Failure(
                    head.getInteger("status"),
                    head.getString("type"),
                    head.getString("code"),
                    head.getString("param"),
                    head.getString("message"),
                    head.getLong("retryAfterMillis"),
                    texts(head.getJsonObject("headers")));
        }
    }
}
