package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Settings;
import io.gotthard.models.Standing.Permit;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** Which target is asked first, by each strategy. */
class RouteTest {

    private static final int OFTEN = 4_000;
    private static final long SECOND = 1_000_000_000L;

    private static Route route(String settings) {
        var model = Settings.read(Model.class, "{kind: chat, " + settings + "}", "test.yaml", name -> null);
        return of("m", "m", model);
    }

    private static Route of(String name, String configured, Model model) {
        var targets = model.targets().stream()
                .map(target -> new Target(target, null, Duration.ofMinutes(5), 1, new Standing()))
                .toList();
        return new Route(name, configured, model, targets);
    }

    private static int next(Route route, int... tried) {
        return next(route, Route.ANY, tried);
    }

    private static int next(Route route, long sticky, int... tried) {
        var all = new boolean[route.targets().size()];
        for (int one : tried) {
            all[one] = true;
        }
        return route.next(0, all, sticky, true);
    }

    /** How often each target is asked. */
    private static int[] counts(Route route, LongSupplier sticky) {
        var counts = new int[route.targets().size()];
        for (int i = 0; i < OFTEN; i++) {
            counts[next(route, sticky.getAsLong())]++;
        }
        return counts;
    }

    private static int[] counts(Route route) {
        return counts(route, () -> Route.ANY);
    }

    private static void silent(Route route, int index) {
        var standing = route.targets().get(index).standing();
        standing.failed(Fault.SILENT, Failure.timeout("Silent."), 0, standing.begin(0), Breaker.USUAL);
    }

    private static void out(Route route, int index) {
        var standing = route.targets().get(index).standing();
        for (int i = 0; i < 5; i++) {
            standing.failed(Fault.BROKEN, Failure.timeout("Broken."), 0, standing.begin(0), Breaker.USUAL);
        }
    }

    @Test
    void weights_are_shares() {
        var counts = counts(route("targets: [{upstream: a, model: a, weight: 3}, {upstream: b, model: b}]"));
        assertThat(counts[0]).isBetween(OFTEN * 70 / 100, OFTEN * 80 / 100);
        assertThat(counts[0] + counts[1]).isEqualTo(OFTEN);
    }

    @Test
    void whatever_the_strategy_the_lowest_priority_comes_first_and_what_was_tried_never_again() {
        for (var strategy : List.of("weighted", "priority", "least-latency", "least-busy", "cheapest")) {
            var route = route("strategy: " + strategy + ", targets: [{upstream: a, model: a, priority: 3, weight: 9}, "
                    + "{upstream: b, model: b, priority: 2}, {upstream: c, model: c}, {upstream: d, model: d}]");
            for (int i = 0; i < 50; i++) {
                assertThat(next(route)).isBetween(2, 3);
                assertThat(next(route, 2)).isEqualTo(3);
                assertThat(next(route, 2, 3)).isEqualTo(1);
                assertThat(next(route, 1, 2, 3)).isZero();
                assertThat(next(route, 0, 1, 2, 3)).isEqualTo(-1);
            }
        }
    }

    @Test
    void by_priority_alone_the_order_of_the_configuration_counts() {
        var route = route("strategy: priority, targets: [{upstream: a, model: a}, {upstream: b, model: b}]");
        assertThat(counts(route)).containsExactly(OFTEN, 0);
    }

    @Test
    void the_cheapest_comes_first_and_what_has_no_price_last() {
        var route = route("strategy: cheapest, targets: [{upstream: a, model: a}, "
                + "{upstream: b, model: b, price: {input: 2, output: 6}}, "
                + "{upstream: c, model: c, price: {input: 3, output: 4}}, {upstream: d, model: d}]");
        assertThat(next(route)).isEqualTo(2);
        assertThat(next(route, 2)).isEqualTo(1);
        assertThat(next(route, 2, 1)).isZero();
        assertThat(next(route, 2, 1, 0)).isEqualTo(3);
    }

    @Test
    void the_least_busy_for_its_weight_is_asked() {
        var route =
                route("strategy: least-busy, targets: [{upstream: a, model: a}, {upstream: b, model: b, weight: 4}]");
        for (int i = 0; i < 3; i++) {
            route.targets().get(1).standing().begin(0);
        }
        route.targets().get(0).standing().begin(0);
        // One for a weight of 1 is more than three for 4.
        assertThat(counts(route)).containsExactly(0, OFTEN);
        for (int i = 0; i < 9; i++) {
            route.targets().get(1).standing().begin(0);
        }
        assertThat(counts(route)).containsExactly(OFTEN, 0);
    }

    @Test
    void of_two_the_quicker_is_asked_so_that_the_slowest_never_is_and_no_herd_follows_the_quickest() {
        var route = route("strategy: least-latency, targets: [{upstream: a, model: a}, {upstream: b, model: b}, "
                + "{upstream: c, model: c}]");
        for (int i = 0; i < 3; i++) {
            var standing = route.targets().get(i).standing();
            var permit = standing.begin(0);
            standing.answered(true, (i + 1) * SECOND, 0);
            standing.succeeded(0, permit);
        }
        var counts = counts(route);
        assertThat(counts[0]).isBetween(OFTEN * 60 / 100, OFTEN * 73 / 100);
        assertThat(counts[1]).isBetween(OFTEN * 27 / 100, OFTEN * 40 / 100);
        assertThat(counts[2]).isZero();
        for (int i = 0; i < 3; i++) {
            // It is the quickest, but has a queue.
            assertThat(route.targets().getFirst().standing().begin(0)).isEqualTo(Permit.YES);
        }
        assertThat(counts(route)[0]).isZero();
    }

    @Test
    void what_is_not_known_yet_is_tried() {
        var route = route("strategy: least-latency, targets: [{upstream: a, model: a}, {upstream: b, model: b}]");
        var standing = route.targets().getFirst().standing();
        var permit = standing.begin(0);
        standing.answered(true, 1, 0);
        standing.succeeded(0, permit);
        assertThat(counts(route)).containsExactly(0, OFTEN);
    }

    @Test
    void the_same_conversation_stays_where_it_is_and_conversations_are_spread_by_weight() {
        var three = route(
                "targets: [{upstream: a, model: a, weight: 2}, {upstream: b, model: b}, {upstream: c, model: c}]");
        var spread = new long[] {0};
        var counts = counts(three, () -> spread[0]++ * 0x9e3779b97f4a7c15L | 1);
        assertThat(counts[0]).isBetween(OFTEN * 45 / 100, OFTEN * 55 / 100);
        for (long i = 0; i < 200; i++) {
            long key = i * 0x9e3779b97f4a7c15L | 1;
            int one = next(three, key);
            assertThat(next(three, key)).isEqualTo(one);
            // The others stay where they are if one goes away.
            int gone = (one + 1) % 3;
            assertThat(next(three, key, gone)).isEqualTo(one);
        }
    }

    @Test
    void what_fell_silent_is_asked_last_and_what_is_out_not_at_all() {
        var route = route("strategy: priority, targets: [{upstream: a, model: a}, {upstream: b, model: b}, "
                + "{upstream: c, model: c, priority: 2}]");
        silent(route, 0);
        assertThat(next(route)).isEqualTo(1);
        assertThat(next(route, 1)).isEqualTo(2);
        assertThat(next(route, 1, 2)).isZero();
        out(route, 1);
        assertThat(next(route)).isEqualTo(2);
        assertThat(next(route, 2)).isZero();
        assertThat(next(route, 2, 0)).isEqualTo(-1);
    }

    @Test
    void the_only_target_is_asked_though_it_fell_silent_but_not_if_it_is_out() {
        var route = route("targets: [{upstream: a, model: a}]");
        assertThat(next(route)).isZero();
        silent(route, 0);
        assertThat(next(route)).isZero();
        out(route, 0);
        assertThat(next(route)).isEqualTo(-1);
    }

    @Test
    void a_wildcard_s_rest_is_the_model_s_name_at_the_upstream() {
        var model = Settings.read(
                Model.class,
                "{kind: chat, targets: [{upstream: a, model: 'x/*'}, {upstream: b, model: fixed}]}",
                "test.yaml",
                name -> null);
        var route = of("openai/*", "openai/*", model).as("openai/gpt-5:mini");
        assertThat(route.upstreamModel(route.targets().get(0))).isEqualTo("x/gpt-5:mini");
        assertThat(route.upstreamModel(route.targets().get(1))).isEqualTo("fixed");
        assertThat(route.name()).isEqualTo("openai/gpt-5:mini");
    }
}
