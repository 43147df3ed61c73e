package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Outcome;
import io.gotthard.contracts.Usage;
import io.gotthard.metering.GenAiMetrics.Gauges;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GenAiMetricsTest {

    private static final long MILLI = 1_000_000;
    private static final String LABELS =
            "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"swiss\",gen_ai_request_model=\"apertus\"";
    private static final Usage NOTHING = Usage.unreported("apertus", "swiss");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final GenAiMetrics metrics = new GenAiMetrics(registry, "CHF");

    private static Demand demand(String model, boolean stream) {
        var body = JsonBody.parse(Buffer.buffer("{\"stream\":" + stream + "}"));
        var usage = Usage.unreported(model, "swiss");
        return new Demand(new Call("1", "r", Caller.NOBODY, Map.of(), body), "chat", usage, usage);
    }

    private void completed(boolean stream) {
        var usage = new Usage("apertus", "swiss", Usage.Source.REPORTED, 100, 11, 40, 5, null);
        var outcome = new Outcome(Outcome.End.COMPLETED, usage, 1, 30 * MILLI);
        metrics.settled(demand("apertus", stream), outcome, 1_500_000_000, 0, 230 * MILLI);
    }

    private double value(String line) {
        return registry.scrape()
                .lines()
                .filter(found -> found.startsWith(line + " "))
                .mapToDouble(found -> Double.parseDouble(found.substring(line.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no line " + line + " in\n" + registry.scrape()));
    }

    @Test
    void a_stream_is_seen_under_the_names_of_the_conventions() {
        completed(true);
        assertThat(value("gen_ai_client_token_usage_sum{" + LABELS + ",gen_ai_token_type=\"input\"}"))
                .isEqualTo(100);
        assertThat(value("gen_ai_client_token_usage_bucket{" + LABELS + ",gen_ai_token_type=\"output\",le=\"16.0\"}"))
                .isEqualTo(1);
        assertThat(value("gen_ai_server_request_duration_seconds_sum{error_type=\"\"," + LABELS + "}"))
                .isEqualTo(0.23);
        assertThat(value("gen_ai_server_time_to_first_token_seconds_sum{" + LABELS + "}"))
                .isEqualTo(0.03);
        assertThat(value("gen_ai_server_time_per_output_token_seconds_sum{" + LABELS + "}"))
                .isEqualTo(0.02);
        assertThat(value("gotthard_metering_cost_total{currency=\"CHF\"," + LABELS + "}"))
                .isEqualTo(1.5);
        assertThat(value("gotthard_metering_tokens_cached_total{" + LABELS + "}"))
                .isEqualTo(40);
        assertThat(value("gotthard_metering_tokens_reasoning_total{" + LABELS + "}"))
                .isEqualTo(5);
    }

    @Test
    void how_long_a_token_of_a_whole_answer_took_is_not_made_up() {
        completed(false);
        assertThat(value("gen_ai_server_time_per_output_token_seconds_count{" + LABELS + "}"))
                .isZero();
        assertThat(value("gen_ai_server_time_to_first_token_seconds_count{" + LABELS + "}"))
                .isEqualTo(1);
    }

    @Test
    void a_failure_costs_nothing_and_is_counted_with_its_kind() {
        var demand = demand("apertus", true);
        metrics.settled(demand, new Outcome(Outcome.End.FAILED, null, 2, 0), 0, 0, MILLI);
        metrics.settled(demand, new Outcome(Outcome.End.CANCELLED, NOTHING, 1, 0), 0, 7, MILLI);
        assertThat(value("gen_ai_server_request_duration_seconds_count{error_type=\"upstream_failed\"," + LABELS + "}"))
                .isEqualTo(1);
        assertThat(value("gen_ai_server_request_duration_seconds_count{error_type=\"client_closed_request\"," + LABELS
                        + "}"))
                .isEqualTo(1);
        assertThat(value("gen_ai_server_time_to_first_token_seconds_count{" + LABELS + "}"))
                .isZero();
        assertThat(value("gotthard_metering_cost_total{currency=\"CHF\"," + LABELS + "}"))
                .isZero();
        assertThat(value("gotthard_metering_written_off_total{currency=\"CHF\"," + LABELS + "}"))
                .isEqualTo(7e-9);
    }

    @Test
    void what_a_request_is_refused_for_is_counted_by_its_word() {
        metrics.refused(Failure.insufficientQuota("no money"));
        metrics.refused(Failure.insufficientQuota("no money either"));
        metrics.refused(Failure.unavailable("the ledger is away"));
        metrics.unpriced("apertus");
        metrics.late();
        assertThat(value("gotthard_metering_refusals_total{error_type=\"insufficient_quota\"}"))
                .isEqualTo(2);
        assertThat(value("gotthard_metering_refusals_total{error_type=\"service_unavailable\"}"))
                .isEqualTo(1);
        assertThat(value("gotthard_metering_unpriced_total{gen_ai_request_model=\"apertus\"}"))
                .isEqualTo(1);
        assertThat(value("gotthard_metering_settlements_late_total")).isEqualTo(1);
    }

    @Test
    void states_are_read_when_they_are_asked_for() {
        var open = new long[] {3};
        metrics.show(Gauges.OPEN_RESERVATIONS, () -> open[0]);
        open[0] = 4;
        assertThat(value("gotthard_metering_reservations_open")).isEqualTo(4);
    }

    @Test
    void a_flood_of_names_is_counted_together() {
        for (int i = 0; i < 20_000; i++) {
            metrics.unpriced("model-" + i);
        }
        var lines = registry.scrape()
                .lines()
                .filter(line -> line.startsWith("gotthard_metering_unpriced_total{"))
                .count();
        assertThat(lines).isLessThanOrEqualTo(5_001);
        assertThat(value("gotthard_metering_unpriced_total{gen_ai_request_model=\"_OTHER\"}"))
                .isGreaterThanOrEqualTo(14_999);
    }
}
