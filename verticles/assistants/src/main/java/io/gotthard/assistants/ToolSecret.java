package io.gotthard.assistants;

import io.gotthard.kit.Default;
import java.net.URI;
import java.util.List;

/**
 * A key for servers that tools call. Who declares an assistant may name it, but neither reads it nor sends it elsewhere.
 *
 * @param value the key; for {@code basic}, a user's name, a colon and a password
 * @param hosts for which servers it is: {@code api.example.org} or {@code api.example.org:8443} for https, and
 *     {@code http://10.0.0.5:8080} for one without
 * @param tenants whose assistants may use it; empty for all
 */
public record ToolSecret(
        String value, List<String> hosts, @Default("[]") List<String> tenants) {

    /** Checks what no type says. */
    public ToolSecret {
        if (value.isBlank() || value.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw new IllegalArgumentException("value must be of visible ASCII characters");
        }
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("hosts must name at least one server");
        }
        for (var host : hosts) {
            if (origin(host) == null) {
                throw new IllegalArgumentException(
                        "hosts must be such as api.example.org, api.example.org:8443 or http://10.0.0.5:8080");
            }
        }
    }

    /** Whether an assistant of that tenant may send it there. */
    boolean isFor(String tenant, URI uri) {
        return (tenants.isEmpty() || tenants.contains(tenant))
                && hosts.stream().map(ToolSecret::origin).anyMatch(host -> host.equals(Outside.origin(uri)));
    }

    private static String origin(String host) {
        try {
            var uri = URI.create(host.contains("://") ? host : "https://" + host);
            var path = uri.getRawPath();
            boolean bare = path == null || path.isEmpty() || "/".equals(path);
            return bare && uri.getRawQuery() == null && uri.getRawFragment() == null ? Outside.origin(uri) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Without what nobody may see. */
    @Override
    public String toString() {
        return "ToolSecret" + hosts;
    }
}
