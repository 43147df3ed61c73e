package io.gotthard.realtime;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** What somebody said in AG-UI's words, a text or parts, in OpenAI's. What these have no words for is refused by name. */
final class AgUiContent {

    private static final int LONGEST_FORMAT = 20;

    private AgUiContent() {}

    /**
     * The content of a message.
     *
     * @param param what of the request it is
     * @throws Failure 400 if there is none, or it has parts that no model here is asked with
     */
    static Object of(Object given, String param) {
        if (given instanceof String text && !text.isEmpty()) {
            return text;
        }
        if (given instanceof JsonArray parts && !parts.isEmpty()) {
            var said = new JsonArray();
            for (int i = 0; i < parts.size(); i++) {
                said.add(part(parts.getValue(i), param + "[" + i + "]"));
            }
            return said;
        }
        throw Failure.invalid(param, "'" + param + "' must be a text, or a list of parts.");
    }

    /** The text of what can be nothing else, such as the output of a function; empty if there is none. */
    static String text(Object given, String param) {
        if (!(given instanceof JsonArray parts)) {
            return given instanceof String text ? text : "";
        }
        var text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            if (!(parts.getValue(i) instanceof JsonObject part)
                    || !"text".equals(part.getValue("type"))
                    || !(part.getValue("text") instanceof String one)) {
                throw unsupported(param + "[" + i + "]", "instructions, and what a function gave back, are text");
            }
            text.append(one);
        }
        return text.toString();
    }

    private static JsonObject part(Object given, String param) {
        if (!(given instanceof JsonObject part) || !(part.getValue("type") instanceof String type)) {
            throw Failure.invalid(param, "'" + param + "' must be a part with a 'type'.");
        }
        if (type.equals("text") && part.getValue("text") instanceof String text) {
            return new JsonObject().put("type", "text").put("text", text);
        }
        // Before AG-UI 1.0 whatever is no text was a part of this type.
        var source = type.equals("binary") ? ofBinary(part) : part.getValue("source");
        if (!(source instanceof JsonObject from)
                || !(from.getValue("value") instanceof String value)
                || !(from.getValue("mimeType", "") instanceof String mime)) {
            throw unsupported(param, "this part is none that can be said to a model");
        }
        return media(
                type.equals("binary") ? mime.split("/", 2)[0] : type,
                new Source(from.getValue("type"), value, mime, name(part)),
                param);
    }

    /** Where the bytes of a part are. */
    private record Source(Object type, String value, String mime, String name) {

        boolean isData() {
            return "data".equals(type) && !mime.isEmpty();
        }

        String asUrl() {
            return isData() ? "data:" + mime + ";base64," + value : value;
        }
    }

    private static JsonObject ofBinary(JsonObject part) {
        var source = new JsonObject().put("mimeType", part.getValue("mimeType"));
        return part.getValue("data") instanceof String data
                ? source.put("type", "data").put("value", data)
                : source.put("type", "url").put("value", part.getValue("url"));
    }

    private static String name(JsonObject part) {
        var named = part.getValue("metadata") instanceof JsonObject metadata ? metadata : part;
        return named.getValue("filename") instanceof String name ? name : null;
    }

    private static JsonObject media(String type, Source source, String param) {
        if (type.equals("image") && (source.isData() || "url".equals(source.type()))) {
            return new JsonObject()
                    .put("type", "image_url")
                    .put("image_url", new JsonObject().put("url", source.asUrl()));
        }
        if (type.equals("audio") && source.isData()) {
            var audio = new JsonObject().put("data", source.value()).put("format", format(source.mime()));
            return new JsonObject().put("type", "input_audio").put("input_audio", audio);
        }
        if ((type.equals("document") || type.equals("application")) && source.isData()) {
            var file = new JsonObject().put("file_data", source.asUrl());
            if (source.name() != null) {
                file.put("filename", source.name());
            }
            return new JsonObject().put("type", "file").put("file", file);
        }
        throw unsupported(param, "of parts there are text, image (data or url), audio (data) and document (data)");
    }

    /** {@code audio/mpeg} is what OpenAI calls mp3, and {@code audio/x-wav} wav. */
    private static String format(String mime) {
        var format =
                mime.substring(mime.indexOf('/') + 1).replaceFirst("^x-", "").replaceFirst(";.*", "");
        return format.equals("mpeg") ? "mp3" : format.substring(0, Math.min(LONGEST_FORMAT, format.length()));
    }

    /** Why something is refused that others may know. */
    static Failure unsupported(String param, String why) {
        return new Failure(
                400,
                "invalid_request_error",
                "unsupported_parameter",
                param,
                "'" + param + "' is not possible: " + why + ".",
                -1);
    }
}
