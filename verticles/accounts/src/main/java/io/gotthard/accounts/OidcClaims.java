package io.gotthard.accounts;

import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * Where in a token is said who somebody is. A claim inside a claim is written with a dot, as in {@code realm_access.roles}; a name
 * that has dots itself is found too.
 *
 * @param subject what identifies somebody at the issuer for ever
 * @param email the e-mail address
 * @param name the name for people
 * @param tenant the tenant, or null if no claim says it
 * @param roles the roles; every one of these claims counts, each a text or a list of texts
 */
public record OidcClaims(
        @Default("sub") String subject,
        @Default("email") String email,
        @Default("name") String name,
        @Absent String tenant,
        @Default("[realm_access.roles, groups]") List<String> roles) {

    /** More than that is nobody's, and would be a row each. */
    private static final int MOST_VALUES = 1_000;

    /** The texts that a claim has; none if it is absent or is something else. */
    static List<String> texts(JsonObject token, String path) {
        return switch (path == null ? null : find(token, path)) {
            case String text -> List.of(text);
            case JsonArray list -> {
                var texts = new ArrayList<String>();
                for (var value : list) {
                    if (value instanceof String text && texts.size() < MOST_VALUES) {
                        texts.add(text);
                    }
                }
                yield texts;
            }
            case null, default -> List.of();
        };
    }

    /** A claim that is one text, or null. */
    static String text(JsonObject token, String path) {
        return find(token, path) instanceof String text && !text.isBlank() ? text : null;
    }

    private static Object find(JsonObject token, String path) {
        if (token.containsKey(path)) {
            return token.getValue(path);
        }
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
            if (token.getValue(path.substring(0, dot)) instanceof JsonObject inner) {
                var found = find(inner, path.substring(dot + 1));
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }
}
