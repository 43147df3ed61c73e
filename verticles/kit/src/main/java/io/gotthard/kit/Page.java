package io.gotthard.kit;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.function.Function;

/**
 * A part of a list, as the parameters {@code after} and {@code limit} ask for it.
 *
 * @param after the id of the last entry of the page before; empty for the first page
 * @param limit how many entries it has at most
 */
public record Page(String after, int limit) {

    private static final String USUAL = "50";

    /** The page that is asked for; the contract limits how long it can be. */
    public static Page of(Call call) {
        var after = call.parameters().get("after");
        var limit = call.parameters().get("limit");
        return new Page(after == null ? "" : after, Integer.parseInt(limit == null ? USUAL : limit));
    }

    /**
     * Below which number the rows of this page are, in a list whose latest entries come first.
     *
     * @throws Failure 400 if {@code after} is not a number
     */
    public long before() {
        try {
            return after.isEmpty() ? Long.MAX_VALUE : Long.parseLong(after);
        } catch (NumberFormatException e) {
            throw badAfter();
        }
    }

    /** What a client is told whose {@code after} is none. */
    public static Failure badAfter() {
        return Failure.invalid("after", "'after' must be the 'next' of the page before.");
    }

    /** How many rows to ask for: one more than are shown tells whether there is another page. */
    public int rows() {
        return limit + 1;
    }

    /**
     * The page as clients see it, of rows that are in the order of their ids.
     *
     * @param entry makes a row an object that has an {@code id}
     */
    public JsonObject json(Iterable<Row> rows, Function<Row, JsonObject> entry) {
        var data = new JsonArray();
        String next = null;
        for (var row : rows) {
            if (data.size() == limit) {
                next = data.getJsonObject(limit - 1).getValue("id").toString();
                break;
            }
            data.add(entry.apply(row));
        }
        return new JsonObject().put("data", data).put("next", next);
    }
}
