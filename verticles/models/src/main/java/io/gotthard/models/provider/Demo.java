package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.gotthard.models.Kind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The built-in upstream: no model, no network, the same answer to the same question, and it says so in its answers. It is for
 * the first minutes with Gotthard and for tests of clients: chat, completions and responses (whole and as streams), tool calls,
 * structured output, embeddings, images, speech, transcripts and moderations have exactly OpenAI's shape.
 *
 * <p>It counts usage in pieces of its own, see {@link DemoText}. What it can't do is refused with the field that asks for it.
 */
public final class Demo implements Provider {

    /** The upstream's name. */
    public static final String UPSTREAM = "demo";

    /** The model for {@link Kind#CHAT}; it also knows how to answer {@link Kind#COMPLETION}. */
    public static final String CHAT_MODEL = "demo-chat";

    /** The model for {@link Kind#EMBEDDING}. */
    public static final String EMBEDDING_MODEL = "demo-embedding";

    /** The model for {@link Kind#IMAGE}, and images of images. */
    public static final String IMAGE_MODEL = "demo-image";

    /** The model for {@link Kind#SPEECH}. */
    public static final String SPEECH_MODEL = "demo-speech";

    /** The model for {@link Kind#TRANSCRIPTION}, and translations. */
    public static final String TRANSCRIPTION_MODEL = "demo-transcription";

    /** The model for {@link Kind#MODERATION}. */
    public static final String MODERATION_MODEL = "demo-moderation";

    /** All of them. */
    public static final List<String> MODELS =
            List.of(CHAT_MODEL, EMBEDDING_MODEL, IMAGE_MODEL, SPEECH_MODEL, TRANSCRIPTION_MODEL, MODERATION_MODEL);

    /** What answers say of the system behind them. */
    static final String FINGERPRINT = "fp_gotthard_demo";

    private static final Buffer DONE = Buffer.buffer("data: [DONE]\n\n");

    private final Vertx vertx;

    /** A demo that works on the contexts it is asked on. */
    public Demo(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Future<Answer> ask(Question question, Outlet outlet) {
        try {
            return switch (question.kind()) {
                case CHAT -> chat(new DemoChat(question), outlet);
                case COMPLETION -> completion(new DemoCompletion(question), outlet);
                case EMBEDDING -> embedding(question, outlet);
                case RESPONSE -> response(new DemoResponse(question), outlet);
                case IMAGE, IMAGE_EDIT -> Future.succeededFuture(new DemoMedia(question).images());
                case SPEECH -> sound(question, new DemoMedia(question).speech(), outlet);
                case TRANSCRIPTION, TRANSLATION -> transcription(question, new DemoMedia(question), outlet);
                case MODERATION -> Future.succeededFuture(new DemoMedia(question).moderation());
            };
        } catch (Failure refusal) {
            return Future.failedFuture(refusal);
        }
    }

    private Future<Answer> chat(DemoChat chat, Outlet outlet) {
        return chat.streaming() ? events(chat.chunks(), chat.usage(), outlet) : json(chat.answer(), chat.usage());
    }

    private Future<Answer> completion(DemoCompletion completion, Outlet outlet) {
        return completion.streaming()
                ? events(completion.chunks(), completion.usage(), outlet)
                : json(completion.answer(), completion.usage());
    }

    private Future<Answer> response(DemoResponse response, Outlet outlet) {
        return response.streaming()
                ? events(response.events(), response.usage(), outlet)
                : json(response.answer(), response.usage());
    }

    private Future<Answer> transcription(Question question, DemoMedia media, Outlet outlet) {
        return question.kind() == Kind.TRANSCRIPTION && question.streaming()
                ? events(media.transcriptionEvents(), media.transcribed(), outlet)
                : Future.succeededFuture(media.transcription());
    }

    private Future<Answer> sound(Question question, Buffer sound, Outlet outlet) {
        outlet.answering();
        outlet.opens(DemoMedia.WAV);
        vertx.runOnContext(open -> {
            outlet.write(sound, true);
            outlet.end(Usage.unreported(question.model(), question.upstream()));
        });
        return Future.succeededFuture(Answer.bytes(DemoMedia.WAV));
    }

    private Future<Answer> embedding(Question question, Outlet outlet) {
        var embedding = new DemoEmbedding(question);
        var cancelled = new AtomicBoolean();
        outlet.onCancel(() -> cancelled.set(true));
        // A thousand vectors take a while, which an event loop has not got.
        return vertx.executeBlocking(() -> bytes(embedding.answer(cancelled::get)), false)
                .map(body -> Answer.json(body, embedding.usage()));
    }

    private static Future<Answer> json(JsonObject answer, Usage usage) {
        return Future.succeededFuture(Answer.json(bytes(answer), usage));
    }

    /** Through a string, because a lone surrogate that a client sent us is then replaced instead of refused. */
    private static Buffer bytes(JsonObject json) {
        return Buffer.buffer(json.encode());
    }

    private Future<Answer> events(Iterator<JsonObject> chunks, Usage usage, Outlet outlet) {
        outlet.onDrain(() -> write(chunks, usage, outlet));
        // Only after this call has returned is the stream open.
        vertx.runOnContext(open -> write(chunks, usage, outlet));
        return Future.succeededFuture(Answer.events());
    }

    /** Writes until it is enough for now, is finished, or nobody wants it any more. */
    private static void write(Iterator<JsonObject> chunks, Usage usage, Outlet outlet) {
        boolean wanted = !outlet.isCancelled();
        while (wanted && chunks.hasNext()) {
            var chunk = chunks.next();
            var type = chunk.getString("type");
            var named = type == null ? "" : "event: " + type + "\n";
            var event = Buffer.buffer(named + "data: " + chunk.encode() + "\n\n");
            wanted = outlet.write(event, true) && !outlet.isCancelled();
        }
        if (!chunks.hasNext() && !outlet.isCancelled()) {
            outlet.write(DONE.copy(), true);
            outlet.end(usage);
        }
    }
}
