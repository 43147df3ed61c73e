package io.gotthard.assistants;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.EventData.MessageCreated;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Fields;
import io.gotthard.kit.Ids;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.text.Normalizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a body says of a thread, beyond what the contract's schema could check. Whatever is refused is a {@link Failure} with status 400 that
 * names the field.
 *
 * @param body the fields, of which each may be absent
 */
record ThreadForm(Fields body) {

    static final int LONGEST_TITLE = 200;
    static final int MOST_MEMBERS = 100;

    /** Of a message's content as JSON, in characters. */
    static final int LONGEST_CONTENT = 256 * 1024;

    private static final int MOST_MESSAGES = 100;
    private static final int MOST_KEYS = 16;
    private static final int LONGEST_KEY = 64;
    private static final int LONGEST_VALUE = 512;

    /** What the body of a call says. */
    static ThreadForm of(Call call) {
        return new ThreadForm(
                new Fields(call.body() == null ? Map.of() : call.body().fields()));
    }

    /** The title, without blanks at its ends; empty if it is null or absent. */
    String title() {
        return title(body.text("title"));
    }

    static String title(String given) {
        if (given == null) {
            return "";
        }
        var title = Normalizer.normalize(given.strip(), Normalizer.Form.NFC);
        refuseUnless(isClean(title), "title", "has a control character");
        refuseUnless(length(title) <= LONGEST_TITLE, "title", "has at most " + LONGEST_TITLE + " characters");
        return title;
    }

    /** The metadata, with OpenAI's limits; empty if it is null or absent. */
    JsonObject metadata() {
        var metadata = new JsonObject();
        if (body.values().get("metadata") instanceof Map<?, ?> given) {
            refuseUnless(given.size() <= MOST_KEYS, "metadata", "has at most " + MOST_KEYS + " members");
            given.forEach((key, value) -> {
                var name = (String) key;
                var text = (String) value;
                refuseUnless(
                        !name.isEmpty() && length(name) <= LONGEST_KEY,
                        "metadata",
                        "has names of 1 to " + LONGEST_KEY + " characters");
                refuseUnless(
                        length(text) <= LONGEST_VALUE,
                        "metadata",
                        "has values of at most " + LONGEST_VALUE + " characters");
                refuseUnless(isClean(name) && isStorable(text), "metadata", "has a character that can't be stored");
                metadata.put(name, text);
            });
        }
        return metadata;
    }

    /** The first messages of a new thread, in order. */
    List<MessageCreated> messages() {
        if (!(body.values().get("messages") instanceof List<?>)) {
            return List.of();
        }
        var messages = body.objects("messages");
        refuseUnless(messages.size() <= MOST_MESSAGES, "messages", "has at most " + MOST_MESSAGES + " entries");
        return IntStream.range(0, messages.size())
                .mapToObj(i -> new ThreadForm(messages.get(i)).message("messages[" + i + "].content"))
                .toList();
    }

    /**
     * The message that this is.
     *
     * @param param what is at fault if its content is not good
     */
    MessageCreated message(String param) {
        var content = content(body.values().get("content"), param);
        var role = body.text("role");
        return new MessageCreated(Ids.next("msg"), role == null ? "user" : role, content, null, null, null);
    }

    private static Object content(Object content, String param) {
        var given = content instanceof List<?> parts ? new JsonArray(parts) : content;
        refuseUnless(
                Json.encode(given).length() <= LONGEST_CONTENT,
                param,
                "has at most " + LONGEST_CONTENT + " characters as JSON");
        if (given instanceof JsonArray parts) {
            for (int i = 0; i < parts.size(); i++) {
                var part = parts.getJsonObject(i);
                var type = part.getString("type");
                var kind = type.equals("text") ? String.class : JsonObject.class;
                refuseUnless(
                        kind.isInstance(part.getValue(type)), param + "[" + i + "]", "needs the member '" + type + "'");
            }
        }
        return given;
    }

    /** Who belongs to a new thread besides the one who makes it. */
    Map<String, Role> members() {
        var members = new LinkedHashMap<String, Role>();
        if (body.values().get("members") instanceof List<?>) {
            body.objects("members").forEach(member -> members.put(member.text("account"), role(member)));
        }
        // With who makes it.
        refuseUnless(members.size() < MOST_MEMBERS, "members", "has at most " + (MOST_MEMBERS - 1) + " entries");
        return members;
    }

    /** The role that a body names; the contract says which there are. */
    static Role role(Fields body) {
        return Role.of(body.text("role"));
    }

    private static void refuseUnless(boolean good, String param, String what) {
        if (!good) {
            throw Failure.invalid(param, "'" + param + "' " + what + ".");
        }
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static boolean isClean(String text) {
        return isStorable(text) && text.codePoints().noneMatch(Character::isISOControl);
    }

    /** Whether PostgreSQL can keep it as JSON: no null character, and no halves of characters. */
    private static boolean isStorable(String text) {
        return text.codePoints().noneMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE);
    }
}
