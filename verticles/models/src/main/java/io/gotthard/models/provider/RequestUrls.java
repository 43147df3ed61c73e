package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.kit.AddressRule;
import io.gotthard.models.Upstream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Looks at the URLs of images and files in a request. Nobody here fetches them, but upstreams do, and some are in networks which the
 * client is not in. What a name of the Internet means is for the upstream to find out and to guard against.
 */
final class RequestUrls {

    private static final AddressRule PUBLIC = AddressRule.of(List.of("public"));
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    /** What systems take for an address in some way or other: its last part is a number. */
    private static final Pattern NUMBER = Pattern.compile("(.*\\.)?(0[xX][0-9a-fA-F]*|[0-9]+)\\.?");

    private static final Pattern UNESCAPED =
            Pattern.compile("(?i)\\s*https?://([a-z0-9.-]+)(:[0-9]{1,5})?([/?#][^\\\\]*)?", Pattern.DOTALL);

    private static final Pattern INNER =
            Pattern.compile("[^.]*\\.?|.*\\.(localhost|local|localdomain|internal|intranet|lan|home|corp|arpa)\\.?");

    private final Upstream.RequestUrls allowed;

    RequestUrls(Upstream.RequestUrls allowed) {
        this.allowed = allowed;
    }

    /** @throws Failure 400 with the place of an URL that this upstream may not be made to fetch */
    void check(JsonBody body) {
        if (allowed != Upstream.RequestUrls.ANY) {
            check("messages", body.fields().get("messages"), false);
            // What is to be embedded is texts or numbers, very many of them.
            if (body.fields().get("input") instanceof List<?> input
                    && !input.isEmpty()
                    && input.getFirst() instanceof Map) {
                check("input", input, false);
            }
        }
    }

    private void check(String place, Object value, boolean url) {
        switch (value) {
            case Map<?, ?> object ->
                object.forEach((name, member) -> check(place + "." + name, member, isUrl(name.toString())));
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    check(place + "[" + i + "]", list.get(i), url);
                }
            }
            case String text when url -> checkUrl(place, text);
            case null, default -> {}
        }
    }

    private static boolean isUrl(String name) {
        return name.regionMatches(true, name.length() - 3, "url", 0, 3);
    }

    private void checkUrl(String place, String text) {
        if (text.regionMatches(true, 0, "data:", 0, 5)) {
            return;
        }
        if (allowed == Upstream.RequestUrls.NONE) {
            throw Failure.invalid(place, "This model takes no URLs, but data: ones.");
        }
        if (!isPublic(text)) {
            throw Failure.invalid(place, "This URL is none of a public http or https server.");
        }
    }

    private static boolean isPublic(String text) {
        String host;
        try {
            var uri = new URI(text.strip());
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            // What we and the upstream could read differently is none.
            if (!http || uri.getHost() == null || uri.getRawUserInfo() != null) {
                return false;
            }
            host = uri.getHost().toLowerCase(Locale.ROOT);
        } catch (URISyntaxException e) {
            return isPublicAfterEscaping(text);
        }
        return isPublicHost(host);
    }

    /** URLs with blanks and braces in their paths are sent all the time; only what comes before counts. */
    private static boolean isPublicAfterEscaping(String text) {
        var start = UNESCAPED.matcher(text);
        return start.matches() && isPublicHost(start.group(1).toLowerCase(Locale.ROOT));
    }

    private static boolean isPublicHost(String host) {
        try {
            if (host.startsWith("[")) {
                return PUBLIC.allows(InetAddress.ofLiteral(host.substring(1, host.length() - 1)));
            }
            if (IPV4.matcher(host).matches()) {
                // With a zero in front, some take it for an octal number.
                return !host.matches("(.*\\.)?0[0-9].*") && PUBLIC.allows(InetAddress.ofLiteral(host));
            }
        } catch (IllegalArgumentException e) {
            return false;
        }
        return !NUMBER.matcher(host).matches() && !INNER.matcher(host).matches();
    }
}
