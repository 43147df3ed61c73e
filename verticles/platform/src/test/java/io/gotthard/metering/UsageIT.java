package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.gotthard.metering.TestUsage.Charged;
import io.vertx.core.json.JsonObject;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Usage in a real database: the sums are right whichever way they are asked for, and nobody sees what is not theirs. */
@Timeout(120)
class UsageIT {

    private static TestUsage usage;

    private final Random random = new Random(7);
    private final String tag = UUID.randomUUID().toString();
    private final String tenant = "ten_" + tag;
    private final OffsetDateTime end = OffsetDateTime.parse("2026-11-01T00:00:00Z");

    private List<Charged> charged;

    @BeforeAll
    static void open() throws Exception {
        usage = new TestUsage();
    }

    @AfterAll
    static void close() {
        usage.close();
    }

    /** Some months of four keys of three accounts in two tenants, some of them asking for the same models. */
    @BeforeEach
    void charge() {
        charged = new ArrayList<>();
        var sources = IntStream.range(0, 12)
                .mapToObj(i -> Map.of(
                        "tenant",
                        i % 4 == 3 ? tenant + "b" : tenant,
                        "account",
                        "usr_" + i % 3 + tag,
                        "key",
                        "key_" + i % 4 + tag,
                        "model",
                        "model-" + i % 5 + tag,
                        "upstream",
                        i % 2 == 0 ? "up-" + tag : "",
                        "operation",
                        "chat"))
                .toList();
        var ids = sources.stream().map(usage::source).toList();
        for (int i = 0; i < 1_500; i++) {
            int one = random.nextInt(sources.size());
            charged.add(new Charged(
                    end.minusHours(random.nextInt(5_000)),
                    sources.get(one),
                    ids.get(one),
                    1 + random.nextInt(9),
                    random.nextLong(1_000_000_000L)));
        }
        for (int i = 0; i < charged.size(); i += 100) {
            usage.fold(charged.subList(i, i + 100));
        }
    }

    /** Requests and amounts by time and group, as they were answered. */
    private static Map<String, String> sums(JsonObject answer) {
        var groups =
                answer.getJsonArray("group_by").stream().map(String.class::cast).toList();
        var sums = new TreeMap<String, String>();
        for (var row :
                answer.getJsonArray("data").stream().map(JsonObject.class::cast).toList()) {
            var key = Stream.concat(Stream.of("at"), groups.stream())
                    .map(column -> String.valueOf(row.getValue(column)))
                    .collect(Collectors.joining(" "));
            assertThat(row.getLong("prompt_tokens")).isEqualTo(10 * row.getLong("requests"));
            assertThat(sums.put(key, row.getLong("requests") + " " + row.getString("amount")))
                    .as("there is one row of " + key)
                    .isNull();
        }
        return sums;
    }

    private Map<String, String> expected(
            OffsetDateTime from, OffsetDateTime to, Grain bucket, List<String> groups, Predicate<Charged> visible) {
        var sums = new TreeMap<String, long[]>();
        for (var one : charged) {
            if (one.hour().isBefore(from) || !one.hour().isBefore(to) || !visible.test(one)) {
                continue;
            }
            var at = bucket == null
                    ? "null"
                    : bucket.floor(one.hour()).toInstant().toString();
            var key = Stream.concat(
                            Stream.of(at),
                            groups.stream()
                                    .map(group -> one.source().get(group).isEmpty()
                                            ? "null"
                                            : one.source().get(group)))
                    .collect(Collectors.joining(" "));
            var sum = sums.computeIfAbsent(key, first -> new long[2]);
            sum[0] += one.requests();
            sum[1] += one.amount();
        }
        return sums.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue()[0] + " " + Money.text(entry.getValue()[1])));
    }

    @Test
    void sums_are_right_for_any_time_bucket_group_and_filter() {
        var dimensions = List.of("tenant", "account", "key", "model", "upstream", "operation");
        for (int i = 0; i < 300; i++) {
            var from = end.minusHours(random.nextInt(5_000));
            var to = from.plusHours(1 + random.nextInt(i % 2 == 0 ? 2_000 : 60));
            var bucket = new Grain[] {null, Grain.HOUR, Grain.DAY, Grain.MONTH}[random.nextInt(4)];
            var groups =
                    dimensions.stream().filter(any -> random.nextInt(3) == 0).toList();
            var filtered = random.nextBoolean() ? "tenant" : dimensions.get(random.nextInt(5));
            var value = charged.get(random.nextInt(charged.size())).source().get(filtered);
            // The house's other tests have used the same database: without one of our own words their sums would be in
            // it.
            var filter = value.isEmpty() ? "tenant" : filtered;
            var wanted = value.isEmpty() ? tenant : value;

            var answer = usage.ask(
                    Asker.system(),
                    "from",
                    from.toString(),
                    "to",
                    to.toString(),
                    "bucket",
                    bucket == null ? "none" : bucket.word(),
                    "group_by",
                    String.join(",", groups),
                    filter,
                    wanted);

            var sums = sums(answer);
            if (groups.isEmpty() && bucket == null) {
                sums.values().removeIf("0 0"::equals);
            }
            assertThat(sums)
                    .as("%s from %s to %s by %s %s of %s %s", i, from, to, bucket, groups, filter, wanted)
                    .isEqualTo(expected(
                            from,
                            to,
                            bucket,
                            groups,
                            one -> one.source().get(filter).equals(wanted)));
        }
    }

    @Test
    void coarser_sums_are_what_finer_ones_say_also_after_they_were_made_anew() {
        assertThat(usage.differences()).isEmpty();

        usage.run("update metering.facet_days set amount = amount + 1 where facet = any (select unnest(facets)"
                + " from metering.sources where tenant = '" + tenant + "')");

        assertThat(usage.differences()).isNotEmpty();
        usage.run("select metering.rebuild_usage()");
        assertThat(usage.differences()).isEmpty();
    }

    @Test
    void nodes_that_fold_the_same_hours_at_the_same_time_do_not_stop_each_other() {
        var hour = end.plusHours(1);
        var many = charged.stream()
                .map(one -> new Charged(hour.plusHours(random.nextInt(40)), one.source(), one.id(), 1, 1))
                .toList();

        var folds = IntStream.range(0, 15)
                .mapToObj(i -> CompletableFuture.runAsync(
                        () -> usage.fold(many.subList(100 * i, 100 * i + 100)),
                        work -> Thread.ofVirtual().start(work)))
                .toList();
        folds.forEach(CompletableFuture::join);

        var sum = usage.ask(
                Asker.system(),
                "from",
                hour.toString(),
                "to",
                hour.plusHours(40).toString(),
                "bucket",
                "none",
                "tenant",
                tenant);
        var ours = many.stream()
                .filter(one -> one.source().get("tenant").equals(tenant))
                .count();
        assertThat(sum.getJsonArray("data").getJsonObject(0).getLong("requests"))
                .isEqualTo(ours);
        assertThat(usage.differences()).isEmpty();
    }

    @Test
    void nobody_sees_what_is_not_theirs() {
        var from = end.minusDays(300).toString();
        var member = Asker.of("usr_1" + tag, tenant, "gotthard.user.>");
        var manager = Asker.of("usr_x", tenant, "gotthard.admin.service.metering");
        var stranger = Asker.of("usr_x", "ten_other" + tag, "gotthard.admin.>");

        assertThat(sums(usage.ask(member, "from", from, "bucket", "none", "group_by", "account,tenant")))
                .isEqualTo(expected(
                        end.minusDays(999),
                        end.plusDays(1),
                        null,
                        List.of("tenant", "account"),
                        one -> one.source().get("account").equals("usr_1" + tag)
                                && one.source().get("tenant").equals(tenant)));
        assertThat(sums(usage.ask(member, "from", from, "bucket", "none", "group_by", "key", "key", "key_3" + tag)))
                .isEmpty();
        assertThat(sums(usage.ask(manager, "from", from, "bucket", "none", "group_by", "account,tenant")))
                .isEqualTo(expected(
                        end.minusDays(999),
                        end.plusDays(1),
                        null,
                        List.of("tenant", "account"),
                        one -> one.source().get("tenant").equals(tenant)));
        assertThat(sums(usage.ask(stranger, "from", from, "bucket", "day", "group_by", "account,tenant,key,model")))
                .isEmpty();
        assertThatThrownBy(() -> usage.ask(stranger, "from", from, "tenant", tenant))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(404));
    }
}
