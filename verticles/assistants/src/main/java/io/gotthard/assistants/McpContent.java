package io.gotthard.assistants;

import io.modelcontextprotocol.spec.McpSchema;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an MCP server gave back, as the text that a model is told. */
final class McpContent {

    private McpContent() {}

    /** Texts as they are; of what is none, what it is. Data with a structure only if there is no text, because that is the same by the protocol. */
    static String text(McpSchema.CallToolResult result) {
        var parts = new ArrayList<String>();
        for (var content : result.content() == null ? List.<McpSchema.Content>of() : result.content()) {
            parts.add(text(content));
        }
        if (parts.isEmpty() && result.structuredContent() != null) {
            parts.add(
                    result.structuredContent() instanceof Map<?, ?> map
                            ? new JsonObject(strings(map)).encode()
                            : String.valueOf(result.structuredContent()));
        }
        return parts.isEmpty() ? "Done." : String.join("\n", parts);
    }

    private static Map<String, Object> strings(Map<?, ?> map) {
        var strings = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> strings.put(String.valueOf(key), value));
        return strings;
    }

    private static String text(McpSchema.Content content) {
        return switch (content) {
            case McpSchema.TextContent text -> text.text();
            case McpSchema.ImageContent image -> binary("image", image.mimeType(), image.data());
            case McpSchema.AudioContent audio -> binary("audio", audio.mimeType(), audio.data());
            case McpSchema.EmbeddedResource embedded -> resource(embedded.resource());
            case McpSchema.ResourceLink link -> "[" + link.name() + "](" + link.uri() + ")";
            default -> "[" + content.type() + "]";
        };
    }

    private static String resource(McpSchema.ResourceContents resource) {
        return switch (resource) {
            case McpSchema.TextResourceContents text -> text.text();
            case McpSchema.BlobResourceContents blob -> binary("file " + blob.uri(), blob.mimeType(), blob.blob());
            default -> "[resource]";
        };
    }

    private static String binary(String what, String type, String base64) {
        long bytes = base64 == null ? 0 : base64.length() * 3L / 4;
        return "[" + what + ", " + type + ", about " + bytes + " bytes]";
    }
}
