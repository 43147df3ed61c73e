package io.gotthard.bench;

import io.gotthard.bench.Fault.Result;
import io.gotthard.bench.Fault.Way;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Asks a running platform for what fails, each fault with one target and with two, and prints what became of it.
 *
 * <p>{@code Faults models} prints the models that it asks, for the configuration; {@code Faults ask <port>} asks them, with the key in
 * {@code BENCH_KEY}, and ends with 2 if anything was not as stated.
 */
final class Faults {

    /** Whatever an upstream does, nobody waits longer: the longest deadline is five seconds. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private static final int AT_ONCE = 6;
    private static final int WARM_UP = 400;
    private static final Duration REST = Duration.ofMillis(1_200);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI url;
    private final String key;

    private Faults(String port) {
        url = URI.create("http://127.0.0.1:" + port);
        key = System.getenv("BENCH_KEY");
    }

    /** What became of a request: what is shown of it, and what is wrong with it, or null. */
    private record Seen(String shown, String wrong) {}

    /** A line of the table. */
    private record Row(Fault fault, Way way, Seen one, Seen two) {

        boolean isAsStated() {
            return one.wrong() == null && two.wrong() == null;
        }

        String shown() {
            var wrong = one.wrong() != null ? "one: " + one.wrong() : "two: " + two.wrong();
            return "| %-22s | %-12s | %-50s | %-50s | %s |"
                    .formatted(
                            fault.shown(),
                            way.shown(),
                            one.shown(),
                            two.shown(),
                            isAsStated() ? "yes" : "NO, " + wrong);
        }
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("models")) {
            Fault.ALL.forEach(fault -> System.out.print(fault.configuration()));
            return;
        }
        System.exit(new Faults(args[1]).run());
    }

    private int run() throws Exception {
        checkFamily();
        warmUp();
        long began = System.nanoTime();
        var asked = new ArrayList<Future<List<Row>>>();
        // One fault's requests come one after the other, some faults at once: most of the time is waiting.
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            Fault.ALL.forEach(fault -> asked.add(threads.submit(() -> rows(fault))));
        }
        var rows = new ArrayList<Row>();
        for (var future : asked) {
            rows.addAll(future.get());
        }
        System.out.printf(
                "| %-22s | %-12s | %-50s | %-50s | as stated |%n", "fault", "asked for", "one target", "two targets");
        System.out.println("|---|---|---|---|---|");
        rows.forEach(row -> System.out.println(row.shown()));
        long good = rows.stream().filter(Row::isAsStated).count();
        System.out.printf("%n%d of %d as stated, in %.1f s%n", good, rows.size(), (System.nanoTime() - began) / 1e9);
        return good == rows.size() ? 0 : 2;
    }

    /** Or the times would be those of a platform that has just started. */
    private void warmUp() throws IOException, InterruptedException {
        for (int i = 0; i < WARM_UP; i++) {
            client.send(chat("bench-quick", i % 2 == 0), HttpResponse.BodyHandlers.ofString());
        }
    }

    /** Or a fault that somebody adds would be looked at by nobody. */
    private void checkFamily() throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(url.resolve("/v1/models"))
                .header("authorization", "Bearer " + key)
                .build();
        var models = new JsonObject(client.send(request, HttpResponse.BodyHandlers.ofString())
                        .body())
                .getJsonArray("data");
        var there = models.stream()
                .map(model -> ((JsonObject) model).getString("id"))
                .filter(id -> id.startsWith("fault/"))
                .collect(Collectors.toSet());
        var here = Fault.ALL.stream().filter(Fault::isDemo).map(Fault::shown).collect(Collectors.toSet());
        if (!there.equals(here)) {
            throw new IllegalStateException(
                    "the platform has the faults " + there + ", and stated is what becomes of " + here);
        }
    }

    private List<Row> rows(Fault fault) throws IOException, InterruptedException {
        var rows = new ArrayList<Row>();
        for (var way : fault.ways()) {
            var two = ask(fault, way, true);
            var one = ask(fault, way, false);
            if (fault.rests()) {
                LockSupport.parkNanos(REST.toNanos());
            }
            rows.add(new Row(fault, way, one, two));
        }
        return rows;
    }

    private Seen ask(Fault fault, Way way, boolean another) throws IOException, InterruptedException {
        var model = fault.model(way, another);
        var request = chat(model, way != Way.ANSWER);
        long began = System.nanoTime();
        try {
            var response = client.send(request, HttpResponse.BodyHandlers.ofString());
            long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
            var seen = new FaultAnswer(response, way != Way.ANSWER);
            var result = fault.result(way, another);
            var wrong = millis > SOON.toMillis() ? "too late" : wrong(fault, model, result, seen);
            return new Seen(seen.shown() + ", " + millis + " ms", wrong);
        } catch (IOException | DecodeException e) {
            return new Seen(e.getClass().getSimpleName(), "no answer that can be read");
        }
    }

    private HttpRequest chat(String model, boolean streaming) {
        var body =
                "{\"model\":\"%s\",\"stream\":%b,\"messages\":[{\"role\":\"user\",\"content\":\"Is the pass open?\"}]}"
                        .formatted(model, streaming);
        return HttpRequest.newBuilder(url.resolve("/v1/chat/completions"))
                .header("authorization", "Bearer " + key)
                .header("content-type", "application/json")
                .timeout(SOON.multipliedBy(3))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private static String wrong(Fault fault, String model, Result result, FaultAnswer seen) {
        return switch (result) {
            case ANSWERED ->
                seen.isComplete(model) && seen.isOf(fault.upstream(), "1") ? null : "not a complete answer";
            case ANSWERED_BY_ANOTHER ->
                seen.isComplete(model) && seen.isOf(Fault.GOOD, "2") ? null : "not the complete answer of another";
            case ERROR -> seen.isError(fault.status()) ? null : "not the error " + fault.status();
            case BROKEN_OFF ->
                seen.isBrokenOff(model) && seen.isOf(fault.upstream(), "1") ? null : "not clearly broken off";
        };
    }
}
