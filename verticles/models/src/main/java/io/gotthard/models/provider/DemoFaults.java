package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.gotthard.models.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * An upstream that fails, in the way the model's name says, so that people can see what their clients make of it. A fault is what is
 * left of it once a real protocol has read it: nothing malformed ever reaches a client.
 */
public final class DemoFaults implements Provider {

    /** What the names of its models begin with. */
    public static final String PREFIX = "fault/";

    /** The faults, as they follow the {@link #PREFIX}. */
    public static final List<String> NAMES = List.of(
            "401",
            "404",
            "429",
            "500",
            "503",
            "context-length",
            "reset",
            "silence",
            "slow-first-token",
            "cut",
            "stall",
            "bad-json",
            "no-done");

    private static final long SLOW_MILLIS = 3_000;
    private static final long RETRY_AFTER_MILLIS = 1_000;
    private static final String TEXT = "This is Gotthard's built-in demo, about to fail.";
    private static final Buffer DONE = Buffer.buffer("data: [DONE]\n\n");

    private final Vertx vertx;

    /** Faults on the contexts they are asked on. */
    public DemoFaults(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Future<Answer> ask(Question question, Outlet outlet) {
        if (question.kind() != Kind.CHAT) {
            throw Failure.invalid("model", "The demo's faults are of chats only.");
        }
        outlet.connected();
        return switch (question.upstreamModel().replace(PREFIX, "")) {
            case "401" ->
                failed(Failure.upstream("upstream_authentication_failed", "The demo refuses our credentials."));
            case "404" -> failed(Failure.upstream("upstream_model_not_found", "The demo does not know this model."));
            case "429" ->
                failed(new Failure(
                        429,
                        "rate_limit_error",
                        "rate_limit_exceeded",
                        null,
                        "The demo has reached its rate limit.",
                        RETRY_AFTER_MILLIS));
            case "500" -> failed(Failure.upstream("upstream_error", "The demo had an error."));
            case "503" ->
                failed(new Failure(
                        503,
                        "server_error",
                        "upstream_overloaded",
                        null,
                        "The demo is overloaded.",
                        RETRY_AFTER_MILLIS));
            case "context-length" ->
                failed(Failure.refused(
                        400, "context_length_exceeded", "This model's maximum context length is 0 tokens."));
            case "reset" -> failed(Failure.upstream("upstream_unreachable", "The demo can't be reached."));
            case "slow-first-token" -> slow(question, outlet);
            case "no-done" -> completed(question, outlet);
            case "cut" -> begun(question, outlet, UpstreamFailure.cut(null));
            case "bad-json" -> begun(question, outlet, UpstreamFailure.malformed());
            case "stall" -> begun(question, outlet, null);
            default -> Promise.<Answer>promise().future();
        };
    }

    private static Future<Answer> failed(Failure failure) {
        return Future.failedFuture(failure);
    }

    private Future<Answer> slow(Question question, Outlet outlet) {
        outlet.answering();
        if (question.streaming()) {
            outlet.write(
                    event(question, new JsonObject().put("role", "assistant").put("content", ""), null), false);
        }
        var answer = Promise.<Answer>promise();
        long timer =
                vertx.setTimer(SLOW_MILLIS, late -> completed(question, outlet).onComplete(answer));
        outlet.onCancel(() -> vertx.cancelTimer(timer));
        return answer.future();
    }

    private static Future<Answer> completed(Question question, Outlet outlet) {
        outlet.answering();
        var usage = new Usage(question.model(), question.upstream(), 1, 1, 0, 0, true);
        if (!question.streaming()) {
            return Future.succeededFuture(Answer.json(whole(question), usage));
        }
        outlet.write(content(question), true);
        outlet.write(event(question, new JsonObject(), "stop").appendBuffer(DONE), false);
        outlet.end(usage);
        return Future.succeededFuture(Answer.events());
    }

    /** A stream begins and then fails, or falls silent if there is no failure; a whole answer only does the latter. */
    private Future<Answer> begun(Question question, Outlet outlet, Failure failure) {
        outlet.answering();
        if (!question.streaming()) {
            return failure == null ? Promise.<Answer>promise().future() : failed(failure);
        }
        outlet.write(content(question), true);
        if (failure != null) {
            // Only after this call has returned is the stream open.
            vertx.runOnContext(open -> outlet.fail(failure));
        }
        return Future.succeededFuture(Answer.events());
    }

    private static Buffer content(Question question) {
        return event(question, new JsonObject().put("role", "assistant").put("content", TEXT), null);
    }

    private static Buffer event(Question question, JsonObject delta, String finish) {
        var choice = new JsonObject().put("index", 0).put("delta", delta).put("finish_reason", finish);
        return Buffer.buffer(
                "data: " + frame(question, "chat.completion.chunk", choice).encode() + "\n\n");
    }

    private static Buffer whole(Question question) {
        var message =
                new JsonObject().put("role", "assistant").put("content", TEXT).putNull("refusal");
        var choice = new JsonObject()
                .put("index", 0)
                .put("message", message)
                .putNull("logprobs")
                .put("finish_reason", "stop");
        return frame(question, "chat.completion", choice)
                .put(
                        "usage",
                        new JsonObject()
                                .put("prompt_tokens", 1)
                                .put("completion_tokens", 1)
                                .put("total_tokens", 2))
                .toBuffer();
    }

    private static JsonObject frame(Question question, String object, JsonObject choice) {
        return new JsonObject()
                .put("id", "chatcmpl-fault")
                .put("object", object)
                .put("created", 0)
                .put("model", question.model())
                .put("choices", new JsonArray().add(choice));
    }
}
