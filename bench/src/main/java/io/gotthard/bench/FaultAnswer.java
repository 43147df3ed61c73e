package io.gotthard.bench;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** What a client got. */
final class FaultAnswer {

    private static final String DATA = "data: ";
    private static final String DONE = "[DONE]";
    private static final Set<String> OF_ERROR = Set.of("message", "type", "param", "code");

    private final int status;
    private final String target;
    private final String attempts;
    private final boolean isStream;
    private final boolean isDone;
    /** The events of a stream without the last formula, or the body. */
    private final List<JsonObject> said;

    /** @throws DecodeException if it can't be read */
    FaultAnswer(HttpResponse<String> response, boolean streaming) {
        status = response.statusCode();
        target = response.headers().firstValue("x-gotthard-target").orElse("");
        attempts = response.headers().firstValue("x-gotthard-attempts").orElse("");
        isStream = streaming && status == 200;
        var text = response.body();
        isDone = text.endsWith(DATA + DONE + "\n\n");
        said = isStream
                ? Arrays.stream(text.split("\n\n"))
                        .filter(event -> event.startsWith(DATA) && !event.endsWith(DONE))
                        .map(event -> new JsonObject(event.substring(DATA.length())))
                        .toList()
                : List.of(new JsonObject(text));
    }

    boolean isOf(String upstream, String times) {
        return target.equals(upstream) && attempts.equals(times);
    }

    /** A good answer, with its end, that says which model it is of. */
    boolean isComplete(String model) {
        return status == 200 && !hasError() && finished() == 1 && isDone == isStream && isNamed(model);
    }

    /** An error, and nothing of an answer. */
    boolean isError(int expected) {
        return status == expected && !attempts.isEmpty() && said.size() == 1 && isErrorObject(said.getFirst());
    }

    /** The beginning of an answer, and then an error; and no end was made up. */
    boolean isBrokenOff(String model) {
        return isStream
                && said.size() > 1
                && isErrorObject(said.getLast())
                && finished() == 0
                && !isDone
                && isNamed(model);
    }

    private boolean isNamed(String model) {
        return model.equals(said.getFirst().getString("model"));
    }

    private boolean hasError() {
        return said.stream().anyMatch(json -> json.containsKey("error"));
    }

    private static boolean isErrorObject(JsonObject json) {
        return json.fieldNames().equals(Set.of("error"))
                && json.getJsonObject("error").fieldNames().equals(OF_ERROR);
    }

    private long finished() {
        return said.stream()
                .filter(json -> !json.getJsonArray("choices", new JsonArray()).isEmpty())
                .filter(json -> json.getJsonArray("choices").getJsonObject(0).getString("finish_reason") != null)
                .count();
    }

    /** What of it is shown to people. */
    String shown() {
        var code = hasError() ? said.getLast().getJsonObject("error").getString("code") : null;
        var what = status != 200 ? status + " " + code : hasError() ? "broken off: " + code : "answer of " + target;
        return what + ", " + attempts + " asked";
    }
}
