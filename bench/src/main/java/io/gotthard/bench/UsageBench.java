package io.gotthard.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Measures how long questions for usage take: {@code UsageBench <jdbc url> <port> <charges> <times>}, with the database's password in
 * {@code BENCH_DATABASE_PASSWORD} and an administrator's key in {@code BENCH_KEY}. Fills the database, which must be a running Gotthard's
 * and empty, and asks that Gotthard over HTTP each kind of question so many times.
 *
 * <p>Prints a line for each kind, and exits with 0 if the slowest twentieth of none takes {@value #BAR_MILLIS} ms or more, else with 2.
 */
public final class UsageBench {

    private static final int BAR_MILLIS = 50;
    private static final int TENANTS = 100;
    private static final int KEYS = 2000;

    /** A time to ask for: how many days, which bucket, and whether it ends now or at a random moment. */
    private record Window(String name, int days, String bucket) {}

    private static final List<Window> WINDOWS = List.of(
            new Window("a day by hour", 1, "hour"),
            new Window("a week by hour", 7, "hour"),
            new Window("a month by hour", 30, "hour"),
            new Window("a month by day", 30, "day"),
            new Window("a year by day", 365, "day"),
            new Window("a year by month", 365, "month"),
            new Window("a year", 365, "none"));
    private static final List<String> GROUPS = List.of("", "model", "tenant", "account", "key", "model,key");

    private enum Filter {
        ALL("all"),
        BIG_TENANT("the largest tenant"),
        TENANT("some tenant"),
        KEY("some key");

        private final String shown;

        Filter(String shown) {
            this.shown = shown;
        }
    }

    private final HttpClient client = HttpClient.newHttpClient();
    private final Random random = new Random(42);
    private final URI root;
    private final String key;

    private UsageBench(URI root, String key) {
        this.root = root;
        this.key = key;
    }

    /** Fills, asks and prints. */
    public static void main(String[] args) throws Exception {
        long began = System.nanoTime();
        fill(args[0], args[2]);
        System.out.printf("filled in %d s%n", (System.nanoTime() - began) / 1_000_000_000);
        var bench = new UsageBench(URI.create("http://127.0.0.1:" + args[1]), System.getenv("BENCH_KEY"));
        System.exit(bench.ask(Integer.parseInt(args[3])) ? 0 : 2);
    }

    private static void fill(String url, String charges) throws IOException, SQLException {
        String script;
        try (var resource = UsageBench.class.getResourceAsStream("/usage.sql")) {
            script = new String(resource.readAllBytes(), StandardCharsets.UTF_8).replace("$charges", charges);
        }
        try (var connection = DriverManager.getConnection(url, "gotthard", System.getenv("BENCH_DATABASE_PASSWORD"));
                var statement = connection.createStatement()) {
            for (var sql : script.split(";\n")) {
                long began = System.nanoTime();
                statement.execute(sql);
                System.err.printf(
                        "%6d ms  %s%n",
                        (System.nanoTime() - began) / 1_000_000,
                        sql.strip().lines().findFirst().orElse(""));
            }
        }
    }

    private boolean ask(int times) throws Exception {
        boolean met = true;
        System.out.printf("| %-18s | %-18s | %-12s | rows | p50 ms | p95 ms |%n", "time", "of", "by");
        System.out.println("|---|---|---|---|---|---|");
        for (var window : WINDOWS) {
            for (var filter : Filter.values()) {
                for (var group : GROUPS) {
                    met &= ask(window, filter, group, times);
                }
            }
        }
        return met;
    }

    private boolean ask(Window window, Filter filter, String group, int times) throws Exception {
        var millis = new ArrayList<Double>();
        int rows = 0;
        for (int i = -5; i < times; i++) {
            var request = HttpRequest.newBuilder(root.resolve(target(window, filter, group)))
                    .header("authorization", "Bearer " + key)
                    .build();
            long began = System.nanoTime();
            var answer = client.send(request, BodyHandlers.ofString());
            double took = (System.nanoTime() - began) / 1e6;
            if (answer.statusCode() == 400 && answer.body().contains("or export it")) {
                return true;
            } else if (answer.statusCode() != 200) {
                throw new IllegalStateException(answer.statusCode() + " " + answer.body());
            }
            if (i >= 0) {
                millis.add(took);
                rows = Math.max(rows, answer.body().split("\"requests\"", -1).length - 1);
            }
        }
        millis.sort(null);
        double p95 = millis.get(times * 95 / 100);
        System.out.printf(
                "| %-18s | %-18s | %-12s | %,d | %.1f | %s%.1f |%n",
                window.name(),
                filter.shown,
                group.isEmpty() ? "-" : group,
                rows,
                millis.get(times / 2),
                p95 < BAR_MILLIS ? "" : "! ",
                p95);
        return p95 < BAR_MILLIS;
    }

    /** Half of the questions end now, as a portal asks; the others at any hour of the year, if they are shorter. */
    private String target(Window window, Filter filter, String group) {
        var now = Instant.now();
        int back = window.days() < 365 && random.nextBoolean() ? random.nextInt(8760 - window.days() * 24) : 0;
        var to = now.minus(back, ChronoUnit.HOURS);
        var from = to.minus(window.days(), ChronoUnit.DAYS);
        var filtered = switch (filter) {
            case ALL -> "";
            case BIG_TENANT -> "&tenant=ten_0";
            case TENANT -> "&tenant=ten_" + random.nextInt(TENANTS);
            case KEY -> "&key=key_" + random.nextInt(KEYS);
        };
        return "/api/v1/usage?bucket=" + window.bucket() + "&from=" + from + "&to=" + to + filtered
                + (group.isEmpty() ? "" : "&group_by=" + group);
    }
}
