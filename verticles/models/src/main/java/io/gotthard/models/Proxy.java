package io.gotthard.models;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/**
 * What an upstream is reached through.
 *
 * @param socks whether it speaks SOCKS 5, else HTTP
 * @param user null if it wants none
 */
public record Proxy(boolean socks, String host, int port, String user, String password) {

    /**
     * Reads {@code http://user:password@host:port} or {@code socks5://host:port}.
     *
     * @throws IllegalArgumentException if it is neither; the message does not repeat it, because it may have a password
     */
    public static Proxy parse(String text) {
        URI uri;
        try {
            uri = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw wrong();
        }
        boolean socks = "socks5".equals(uri.getScheme());
        boolean path = uri.getRawPath() != null && !uri.getRawPath().isEmpty() && !"/".equals(uri.getRawPath());
        if (!(socks || "http".equals(uri.getScheme()))
                || uri.getHost() == null
                || path
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw wrong();
        }
        var known =
                uri.getRawUserInfo() == null ? new String[] {null, null} : (uri.getRawUserInfo() + ":").split(":", 3);
        int port = uri.getPort() >= 0 ? uri.getPort() : socks ? 1080 : 3128;
        return new Proxy(socks, uri.getHost(), port, decoded(known[0]), decoded(known[1]));
    }

    private static String decoded(String text) {
        // In this part of an URL, a plus is a plus.
        return text == null ? null : URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static IllegalArgumentException wrong() {
        return new IllegalArgumentException(
                "proxy must be like http://proxy.example.org:3128 or socks5://proxy.example.org:1080");
    }
}
