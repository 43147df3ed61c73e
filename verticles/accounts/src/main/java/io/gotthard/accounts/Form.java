package io.gotthard.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The encodings of OAuth 2.0's requests. */
final class Form {

    private Form() {}

    /** Names and values as {@code application/x-www-form-urlencoded}. */
    static String of(Map<String, String> values) {
        return new TreeMap<>(values)
                .entrySet().stream()
                        .map(value -> encoded(value.getKey()) + "=" + encoded(value.getValue()))
                        .collect(Collectors.joining("&"));
    }

    /** A client's name and password in a header, by RFC 6749, section 2.3.1: encoded twice. */
    static String basic(String name, String password) {
        var both = encoded(name) + ":" + encoded(password);
        return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(UTF_8));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8);
    }
}
