package io.gotthard.assistants;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A function with all that is the same for every one: arguments are checked, failures told, and long results cut. */
final class FunctionTool implements Tool {

    private static final Logger LOG = LoggerFactory.getLogger(FunctionTool.class);
    private static final int LONGEST_DESCRIPTION = 1024;

    private final String name;
    private final Offer offer;
    private final long limit;
    private final UnaryOperator<String> mask;
    private final ArgumentCheck check;

    /**
     * One of a toolbox.
     *
     * @param limit bytes of a result
     * @param mask hides what nobody may see
     */
    FunctionTool(String name, Offer offer, long limit, UnaryOperator<String> mask) {
        this.name = name;
        this.offer = offer;
        this.limit = limit;
        this.mask = mask;
        this.check = new ArgumentCheck(offer.parameters());
    }

    @Override
    public JsonObject function() {
        var text = mask.apply(offer.description() == null ? "" : offer.description());
        return new JsonObject()
                .put("name", name)
                .put("description", text.length() > LONGEST_DESCRIPTION ? text.substring(0, LONGEST_DESCRIPTION) : text)
                .put("parameters", offer.parameters());
    }

    @Override
    public boolean needsApproval() {
        return offer.approval();
    }

    @Override
    public Future<Result> call(Invocation invocation) {
        if (!invocation.timeLeft().isPositive()) {
            return Future.succeededFuture(new Result(false, "There is no time left for this call."));
        }
        var problem = check.problem(invocation.arguments());
        if (problem != null) {
            return Future.succeededFuture(new Result(false, told(problem)));
        }
        return worked(invocation)
                .map(result -> new Result(result.ok(), told(result.content())))
                .recover(cause -> {
                    if (Trouble.isUnforeseen(cause)) {
                        LOG.warn("Call {} of tool {} failed", invocation.callId(), name, cause);
                    }
                    return Future.succeededFuture(
                            new Result(false, told(Trouble.of(cause).getMessage())));
                });
    }

    private Future<Result> worked(Invocation invocation) {
        try {
            return offer.work().call(invocation);
        } catch (RuntimeException | StackOverflowError e) {
            return Future.failedFuture(e);
        }
    }

    private String told(String content) {
        return cut(mask.apply(clean(content == null ? "" : content)), limit);
    }

    /** Without what neither the database nor JSON has: the character 0, and halves of characters. */
    private static String clean(String text) {
        boolean dirty = text.codePoints().anyMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE);
        return dirty
                ? text.codePoints()
                        .map(c -> c == 0 || Character.getType(c) == Character.SURROGATE ? 0xFFFD : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString()
                : text;
    }

    /** As much of it as the limit has room for, with a note if that is not all. */
    private static String cut(String text, long limit) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= limit) {
            return text;
        }
        int end = (int) limit;
        // Not in the middle of a character.
        while (end > 0 && (bytes[end] & 0xC0) == 0x80) {
            end--;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8) + "\n[cut: these are the first " + end + " bytes of "
                + bytes.length + "]";
    }
}
