package io.gotthard.models.provider;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A conversation as the demo reads it: what was said last, and what came with it. */
final class DemoMessages {

    private static final int SHOWN_RESULTS = 8;

    private final List<Map<?, ?>> messages;

    DemoMessages(Object messages) {
        this.messages = DemoText.objects(messages);
    }

    /** The text of the last user message; of the last message at all if there is none from a user. */
    String lastUserText() {
        var last = lastOfUser();
        return last == null ? "" : text(last);
    }

    private Map<?, ?> lastOfUser() {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if ("user".equals(messages.get(i).get("role"))) {
                return messages.get(i);
            }
        }
        return messages.isEmpty() ? null : messages.getLast();
    }

    /** Whether the conversation waits for what to make of a tool's result. */
    boolean endsWithToolResult() {
        return !messages.isEmpty() && isToolResult(messages.getLast());
    }

    private static boolean isToolResult(Map<?, ?> message) {
        return "tool".equals(message.get("role"));
    }

    /** What the demo has to say to this conversation. */
    String reply() {
        if (endsWithToolResult()) {
            return DemoText.INTRODUCTION + " " + toolResults();
        }
        var last = lastOfUser();
        var said = DemoText.INTRODUCTION + " You said: " + DemoText.shortened(lastUserText());
        var attached = last == null ? "" : attached(last);
        return attached.isEmpty() ? said : said + "\nYou also sent: " + attached + ".";
    }

    private String toolResults() {
        var names = new HashMap<Object, String>();
        for (var message : messages) {
            for (var call : DemoText.objects(message.get("tool_calls"))) {
                names.put(
                        call.get("id"),
                        DemoText.string(DemoText.object(call.get("function")).get("name")));
            }
        }
        int first = messages.size();
        while (first > 0 && isToolResult(messages.get(first - 1))) {
            first--;
        }
        var results = messages.subList(first, messages.size());
        var told = results.stream()
                .limit(SHOWN_RESULTS)
                .map(result -> "The tool " + names.getOrDefault(result.get("tool_call_id"), "") + " answered: "
                        + DemoText.shortened(text(result)))
                .map(sentence -> sentence.replace("tool  answered", "tool answered"))
                .collect(Collectors.joining("\n"));
        int untold = results.size() - SHOWN_RESULTS;
        return untold > 0 ? told + "\nThere are " + untold + " more results." : told;
    }

    /** The parts that are not text, such as {@code 2 images (1 image/png, 1 by address), 1 file}. */
    private static String attached(Map<?, ?> message) {
        var things = new TreeMap<String, Integer>();
        var imageKinds = new TreeMap<String, Integer>();
        for (var part : DemoText.objects(message.get("content"))) {
            switch (DemoText.string(part.get("type"))) {
                case "text", "refusal" -> {}
                case "image_url" -> {
                    things.merge("image", 1, Integer::sum);
                    imageKinds.merge(imageKind(part.get("image_url")), 1, Integer::sum);
                }
                case "input_audio" -> things.merge("audio recording", 1, Integer::sum);
                case "file" -> things.merge("file", 1, Integer::sum);
                default -> things.merge("unknown part", 1, Integer::sum);
            }
        }
        return things.entrySet().stream()
                .map(thing -> thing.getValue() + " " + thing.getKey() + (thing.getValue() == 1 ? "" : "s")
                        + (thing.getKey().equals("image") ? " (" + kinds(imageKinds) + ")" : ""))
                .collect(Collectors.joining(", "));
    }

    private static String kinds(Map<String, Integer> kinds) {
        return kinds.entrySet().stream()
                .map(kind -> kind.getValue() + " " + kind.getKey())
                .collect(Collectors.joining(", "));
    }

    private static String imageKind(Object imageUrl) {
        var url = DemoText.string(imageUrl instanceof Map<?, ?> object ? object.get("url") : imageUrl);
        if (!url.startsWith("data:image/")) {
            return url.startsWith("data:") ? "of unknown kind" : "by address";
        }
        var name = new StringBuilder("image/");
        for (int i = "data:image/".length(); i < Math.min(url.length(), 40); i++) {
            char c = url.charAt(i);
            if (c == ';' || c == ',') {
                break;
            }
            name.append(Character.isLetterOrDigit(c) || "+.-".indexOf(c) >= 0 ? c : '?');
        }
        return name.toString();
    }

    /** Tokens of the texts of all messages, and of the tool calls in them; images, audio and files count nothing. */
    long tokens() {
        long tokens = 0;
        for (var message : messages) {
            tokens += DemoText.count(text(message));
            for (var call : DemoText.objects(message.get("tool_calls"))) {
                var function = DemoText.object(call.get("function"));
                tokens += DemoText.count(DemoText.string(function.get("name")));
                tokens += DemoText.count(DemoText.string(function.get("arguments")));
            }
        }
        return tokens;
    }

    private static String text(Map<?, ?> message) {
        return message.get("content") instanceof String text
                ? text
                : DemoText.objects(message.get("content")).stream()
                        .map(part -> DemoText.string(part.get("text")))
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining("\n"));
    }
}
