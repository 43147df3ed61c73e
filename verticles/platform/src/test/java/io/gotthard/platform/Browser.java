package io.gotthard.platform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What of a browser matters for a login: it keeps cookies, each for the host and port that set it. It follows no redirects by itself. */
final class Browser implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient client = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private final Map<String, Map<String, String>> jar = new TreeMap<>();

    /** The cookies that a site has set and not taken away, by name. */
    Map<String, String> cookies(URI site) {
        return jar.computeIfAbsent(site.getAuthority(), _ -> new TreeMap<>());
    }

    HttpResponse<String> get(URI url) throws IOException {
        return send(HttpRequest.newBuilder(url).GET(), url, Map.of());
    }

    /** Sends a form, as a page does whose address is in the header {@code Origin}. */
    HttpResponse<String> post(URI url, Map<String, String> headers, List<Map.Entry<String, String>> form)
            throws IOException {
        var body = form.stream()
                .map(field ->
                        URLEncoder.encode(field.getKey(), UTF_8) + "=" + URLEncoder.encode(field.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
        var request = HttpRequest.newBuilder(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(body));
        return send(request, url, headers);
    }

    /** Sends JSON, as a page's script does. */
    HttpResponse<String> postJson(URI url, Map<String, String> headers, String json) throws IOException {
        var request = HttpRequest.newBuilder(url)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(json));
        return send(request, url, headers);
    }

    private HttpResponse<String> send(HttpRequest.Builder request, URI url, Map<String, String> headers)
            throws IOException {
        headers.forEach(request::header);
        var cookies = cookies(url);
        if (!cookies.isEmpty()) {
            request.header(
                    "cookie",
                    cookies.entrySet().stream()
                            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                            .collect(Collectors.joining("; ")));
        }
        try {
            var response = client.send(request.timeout(PATIENCE).build(), BodyHandlers.ofString());
            response.headers().allValues("set-cookie").forEach(set -> keep(cookies, set));
            return response;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    private static void keep(Map<String, String> cookies, String set) {
        var value = set.split(";", 2)[0].split("=", 2);
        if (value[1].isEmpty() || set.contains("Max-Age=0")) {
            cookies.remove(value[0]);
        } else {
            cookies.put(value[0], value[1]);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
