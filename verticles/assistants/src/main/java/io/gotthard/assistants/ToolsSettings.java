package io.gotthard.assistants;

import io.gotthard.kit.AddressRule;
import io.gotthard.kit.Default;
import io.gotthard.kit.Size;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the tools of assistants may reach, and how much of it.
 *
 * @param networks where servers that assistants name may be: {@code public}, {@code private}, or networks such as {@code 10.1.0.0/16}
 * @param secrets keys for such servers, by the names that assistants know
 * @param timeout how long one call may take
 * @param answer bytes of a result that a model is told; what is longer is cut, and says so
 * @param document bytes of an OpenAPI document
 */
public record ToolsSettings(
        @Default("[public]") List<String> networks,
        @Default("{}") Map<String, ToolSecret> secrets,
        @Default("60s") Duration timeout,
        @Default("64KB") Size answer,
        @Default("8MB") Size document) {

    /** What counts if nothing is said. */
    static final ToolsSettings USUAL = new ToolsSettings(
            List.of("public"), Map.of(), Duration.ofSeconds(60), new Size(64 << 10), new Size(8 << 20));

    /** Checks what no type says. */
    public ToolsSettings {
        AddressRule.of(networks);
        if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("timeout must be from 1s to 1h");
        }
        if (answer.bytes() < 1024 || answer.bytes() > 16 << 20) {
            throw new IllegalArgumentException("answer must be from 1KB to 16MB");
        }
        if (document.bytes() < 1024 || document.bytes() > 64 << 20) {
            throw new IllegalArgumentException("document must be from 1KB to 64MB");
        }
    }
}
