package io.gotthard.models.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A conversation for a protocol in which two sides take turns: what one side says in a row is one message. */
final class Turns {

    private final String member;
    private final JsonArray messages = new JsonArray();

    /** @param member where a message has what it says, beside its {@code role} */
    Turns(String member) {
        this.member = member;
    }

    /** Where this side is to say more: in the last message, if it is its own, or else in a new one. */
    JsonArray of(String role) {
        if (!messages.isEmpty()) {
            var last = messages.getJsonObject(messages.size() - 1);
            if (last.getString("role").equals(role)) {
                return last.getJsonArray(member);
            }
        }
        var said = new JsonArray();
        messages.add(new JsonObject().put("role", role).put(member, said));
        return said;
    }

    /** All messages. */
    JsonArray json() {
        return messages;
    }
}
