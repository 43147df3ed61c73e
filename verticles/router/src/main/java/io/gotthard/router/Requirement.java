package io.gotthard.router;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import io.gotthard.contracts.Rule.Level;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an operation needs of its caller: {@code x-requires} of the contract. It is one of
 *
 * <ul>
 *   <li>{@code public}: nothing, not even a credential;
 *   <li>{@code authenticated}: a valid credential; what the operation then shows is what the caller may see;
 *   <li><code>{level: admin, resource: service.accounts}</code>: that level for that resource, which may have path parameters in
 *       it, as in <code>key.{path.key}</code>;
 *   <li>the same with {@code hidden: true}: who lacks it is answered as if the thing were not there. Only the verticle can do
 *       that, so it checks; the resource may then also name a field of the body, as in <code>model.{body.model}</code>, or the
 *       model that the credential decides on: <code>model.{key.model}</code>.
 * </ul>
 *
 * @param access which of them it is
 * @param level the level that is needed, or null for the first two
 * @param resource the resource as in the contract, or null for the first two
 */
record Requirement(Access access, Level level, String resource) {

    private static final Set<String> KEYS = Set.of("level", "resource", "hidden");
    private static final Pattern RESOURCE =
            Pattern.compile("[a-z]+(\\.([A-Za-z0-9_-]+|\\{(path|body|key)\\.[A-Za-z_]+}))+");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{(path|body|key)\\.([A-Za-z_]+)}");
    private static final int SHOWN = 200;

    /** Who checks what. */
    enum Access {
        PUBLIC,
        AUTHENTICATED,
        /** The router checks a resource that is always the same. */
        FIXED,
        /** The router checks a resource that has path parameters in it. */
        NAMED,
        /** The verticle checks. */
        HIDDEN
    }

    /**
     * Reads what the operation declares.
     *
     * @throws IllegalArgumentException if it declares nothing, or nothing that can be checked
     */
    static Requirement of(Definition operation, String path) {
        if (!operation.has("x-requires")) {
            throw operation.fault("'x-requires' is missing: say what a caller needs, or 'public'");
        }
        if (operation.json().get("x-requires") instanceof String word) {
            return switch (word) {
                case "public" -> new Requirement(Access.PUBLIC, null, null);
                case "authenticated" -> new Requirement(Access.AUTHENTICATED, null, null);
                default -> throw operation.fault("'x-requires' is 'public', 'authenticated' or an object, not " + word);
            };
        }
        var requirement = operation.child("x-requires");
        for (var key : requirement.json().keySet()) {
            if (!KEYS.contains(key)) {
                throw requirement.fault("'" + key + "' is none of level, resource and hidden");
            }
        }
        var resource = requirement.text("resource");
        boolean hidden = Boolean.TRUE.equals(requirement.json().get("hidden"));
        check(requirement, resource, path, hidden);
        var access = hidden ? Access.HIDDEN : resource.contains("{") ? Access.NAMED : Access.FIXED;
        return new Requirement(access, level(requirement), resource);
    }

    private static Level level(Definition requirement) {
        return switch (requirement.text("level")) {
            case "user" -> Level.USER;
            case "admin" -> Level.ADMIN;
            default -> throw requirement.fault("'level' must be user or admin");
        };
    }

    private static void check(Definition requirement, String resource, String path, boolean hidden) {
        if (!RESOURCE.matcher(resource).matches()) {
            throw requirement.fault("'resource' must be like service.accounts or key.{path.key}, not " + resource);
        }
        var placeholders = PLACEHOLDER.matcher(resource);
        while (placeholders.find()) {
            var name = placeholders.group(2);
            if (!placeholders.group(1).equals("path")) {
                if (!hidden) {
                    throw requirement.fault(
                            "only the verticle knows " + placeholders.group() + ": 'hidden' must be true");
                }
            } else if (!path.contains("{" + name + "}")) {
                throw requirement.fault("the path has no parameter " + name);
            }
        }
    }

    /** Whether a request needs no credential. */
    boolean isPublic() {
        return access == Access.PUBLIC;
    }

    /**
     * Checks what the router is to check. For a resource that is always the same this is one look-up.
     *
     * @param parameters the request's parameters, checked against the contract
     * @throws Failure 403, with what is missing
     */
    void check(Permissions permissions, Map<String, String> parameters) {
        if (access == Access.FIXED) {
            require(permissions, resource);
        } else if (access == Access.NAMED) {
            require(permissions, named(parameters));
        }
    }

    private void require(Permissions permissions, String needed) {
        if (!permissions.allows(level, needed)) {
            var shown = needed.length() > SHOWN ? needed.substring(0, SHOWN) + "…" : needed;
            throw Failure.forbidden(
                    "This needs the permission 'gotthard." + word() + "." + shown + "', which you do not have.");
        }
    }

    private String named(Map<String, String> parameters) {
        return PLACEHOLDER
                .matcher(resource)
                .replaceAll(found -> Matcher.quoteReplacement(parameters.get(found.group(2))));
    }

    private String word() {
        return level == Level.USER ? "user" : "admin";
    }

    /** For people: {@code public}, {@code authenticated}, or the rule that grants it. */
    @Override
    public String toString() {
        return switch (access) {
            case PUBLIC -> "public";
            case AUTHENTICATED -> "authenticated";
            default -> "gotthard." + word() + "." + resource;
        };
    }
}
