package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Usage;
import io.gotthard.contracts.Usage.Media;
import io.gotthard.contracts.Usage.Source;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What things cost, against the same calculated with decimals. */
class RatesTest {

    private static final String[] NAMES = {
        "input",
        "output",
        "cached_input",
        "reasoning",
        "request",
        "audio_second",
        "characters",
        "image",
        "image.1024x1024",
        "image.1024x1024.high",
        "image.512x512"
    };

    @Test
    void a_usual_chat_costs_its_tokens() {
        var rates = rates("input", "0.15", "output", "0.6", "cached_input", "0.075");
        assertThat(rates.cost(tokens(1_000, 500, 200, 100))).isEqualTo(120_000 + 300_000 + 15_000);
    }

    @Test
    void cached_input_costs_what_input_does_and_reasoning_what_output_does_unless_said_otherwise() {
        assertThat(rates("input", "1", "output", "2").cost(tokens(10, 10, 4, 4)))
                .isEqualTo(10_000 + 20_000);
        assertThat(rates("input", "1", "output", "2", "cached_input", "0", "reasoning", "5")
                        .cost(tokens(10, 10, 4, 4)))
                .isEqualTo(6_000 + 12_000 + 20_000);
    }

    @Test
    void parts_that_are_larger_than_the_whole_or_negative_are_not_believed() {
        var rates = rates("input", "1", "output", "2", "cached_input", "0.5", "reasoning", "4");
        assertThat(rates.cost(tokens(10, 10, 11, 11))).isEqualTo(5_000 + 40_000);
        assertThat(rates.cost(tokens(10, 10, -1, Long.MIN_VALUE))).isEqualTo(10_000 + 20_000);
        assertThat(rates.cost(tokens(-10, Long.MIN_VALUE, -10, 5))).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0.000000001, 499999, 0", "0.000000001, 500000, 1", "0.000000001, 1499999, 1", "0.000000001, 1500000, 2"
    })
    void a_cost_is_rounded_half_up(String rate, long tokens, long nanos) {
        assertThat(rates("input", rate).cost(tokens(tokens, 0, 0, 0))).isEqualTo(nanos);
    }

    @Test
    void all_is_added_up_before_it_is_rounded() {
        var rates = rates("input", "0.000000001", "output", "0.000000001", "characters", "0.000000001");
        assertThat(rates.cost(tokens(300_000, 100_000, 0, 0))).isZero();
        assertThat(rates.cost(media(300_000, 100_000, new Media(0, null, null, 0, 100_000))))
                .isEqualTo(1);
    }

    @Test
    void any_usage_at_any_rates_costs_what_decimals_say() {
        var random = new Random(4);
        for (int round = 0; round < 200_000; round++) {
            var decimals = new HashMap<String, BigDecimal>();
            for (var name : NAMES) {
                if (random.nextInt(3) > 0) {
                    decimals.put(name, BigDecimal.valueOf(upTo(random, 1_000_000_000_000_000L), 9));
                }
            }
            var media = random.nextBoolean()
                    ? null
                    : new Media(
                            (int) upTo(random, Integer.MAX_VALUE),
                            new String[] {null, "1024x1024", "512x512", "9x9"}[random.nextInt(4)],
                            new String[] {null, "high", "low"}[random.nextInt(3)],
                            upTo(random, Long.MAX_VALUE),
                            upTo(random, Long.MAX_VALUE));
            long prompt = upTo(random, Long.MAX_VALUE);
            long completion = upTo(random, Long.MAX_VALUE);
            var usage = new Usage(
                    "m",
                    "u",
                    Source.COUNTED,
                    prompt,
                    completion,
                    upTo(random, prompt),
                    upTo(random, completion),
                    media);
            assertThat(Rates.of(decimals).cost(usage))
                    .as("%s %s", decimals, usage)
                    .isEqualTo(exact(decimals, usage)
                            .min(BigDecimal.valueOf(Rates.MOST))
                            .longValueExact());
        }
    }

    /** Small and large numbers alike, and those around powers of two and ten. */
    private static long upTo(Random random, long most) {
        long number = switch (random.nextInt(4)) {
            case 0 -> random.nextInt(1_000);
            case 1 -> random.nextLong() >>> (1 + random.nextInt(62));
            case 2 -> (long) Math.pow(10, random.nextInt(19)) + random.nextInt(3) - 1;
            default -> (1L << random.nextInt(63)) + random.nextInt(3) - 1;
        };
        return Math.clamp(number, 0, most);
    }

    private static BigDecimal exact(Map<String, BigDecimal> rates, Usage usage) {
        var input = rates.getOrDefault("input", BigDecimal.ZERO);
        var output = rates.getOrDefault("output", BigDecimal.ZERO);
        var sum = million(usage.promptTokens() - usage.cachedTokens(), input)
                .add(million(usage.cachedTokens(), rates.getOrDefault("cached_input", input)))
                .add(million(usage.completionTokens() - usage.reasoningTokens(), output))
                .add(million(usage.reasoningTokens(), rates.getOrDefault("reasoning", output)))
                .add(rates.getOrDefault("request", BigDecimal.ZERO));
        var media = usage.media();
        if (media != null) {
            sum = sum.add(million(media.characters(), rates.getOrDefault("characters", BigDecimal.ZERO)))
                    .add(BigDecimal.valueOf(media.audioMillis(), 3)
                            .multiply(rates.getOrDefault("audio_second", BigDecimal.ZERO)))
                    .add(BigDecimal.valueOf(media.images()).multiply(imageRate(rates, media)));
        }
        return sum.movePointRight(9).setScale(0, RoundingMode.HALF_UP);
    }

    private static BigDecimal million(long count, BigDecimal rate) {
        return BigDecimal.valueOf(count, 6).multiply(rate);
    }

    private static BigDecimal imageRate(Map<String, BigDecimal> rates, Media media) {
        for (var name :
                new String[] {"image." + media.size() + "." + media.quality(), "image." + media.size(), "image"}) {
            if (rates.containsKey(name)) {
                return rates.get(name);
            }
        }
        return rates.entrySet().stream()
                .filter(rate -> rate.getKey().startsWith("image"))
                .map(Map.Entry::getValue)
                .max(BigDecimal::compareTo)
                .orElse(BigDecimal.ZERO);
    }

    @Test
    void an_image_costs_what_is_said_for_its_size_and_quality_and_never_nothing_where_others_cost() {
        var rates = rates("image.1024x1024", "0.04", "image.1024x1024.high", "0.17", "image.512x512", "0.02");
        assertThat(rates.cost(image("1024x1024", "high"))).isEqualTo(340_000_000);
        assertThat(rates.cost(image("1024x1024", "low"))).isEqualTo(80_000_000);
        assertThat(rates.cost(image("1024x1024", null))).isEqualTo(80_000_000);
        assertThat(rates.cost(image("512x512", "high"))).isEqualTo(40_000_000);
        assertThat(rates.cost(image("2048x2048", null))).isEqualTo(340_000_000);
        assertThat(rates.cost(media(0, 0, new Media(2, null, null, 0, 0)))).isEqualTo(340_000_000);
        assertThat(rates("image", "0.01", "image.512x512", "0.02").cost(image("9x9", "high")))
                .isEqualTo(20_000_000);
    }

    @Test
    void more_than_any_request_can_cost_costs_the_most_and_never_wraps() {
        var highest = rates("input", "1000000", "output", "1000000", "request", "1000000");
        assertThat(highest.cost(tokens(Long.MAX_VALUE, Long.MAX_VALUE, 0, 0))).isEqualTo(Rates.MOST);
        assertThat(rates("image", "1000000").cost(media(0, 0, new Media(Integer.MAX_VALUE, null, null, 0, 0))))
                .isEqualTo(Rates.MOST);
        assertThat(rates("audio_second", "1000000")
                        .cost(media(0, 0, new Media(0, null, null, Long.MAX_VALUE, Long.MAX_VALUE))))
                .isEqualTo(Rates.MOST);
    }

    @Test
    void the_input_is_all_but_what_is_made_of_it() {
        var rates = rates(
                "input", "1", "output", "2", "cached_input", "0", "request", "3", "image", "4", "audio_second", "5");
        var usage = new Usage("m", "u", Source.ESTIMATED, 1_000, 1_000, 500, 10, new Media(2, null, null, 1_000, 0));
        assertThat(rates.input(usage)).isEqualTo(1_000_000 + 3_000_000_000L + 5_000_000_000L);
        assertThat(rates.input(usage)).isLessThanOrEqualTo(rates.cost(usage));
    }

    @Test
    void a_price_that_says_nothing_of_what_was_consumed_does_not_cover_it() {
        var seconds = rates("audio_second", "0.0001");
        assertThat(seconds.covers(tokens(10, 10, 0, 0))).isFalse();
        assertThat(seconds.covers(media(10, 10, new Media(0, null, null, 1, 0))))
                .isTrue();
        assertThat(seconds.covers(tokens(0, 0, 0, 0))).isTrue();
        assertThat(rates("input", "0").covers(tokens(10, 10, 0, 0))).isTrue();
        assertThat(rates("input", "0").covers(tokens(0, 10, 0, 0))).isFalse();
        assertThat(rates("request", "1").covers(tokens(10, 10, 0, 0))).isTrue();
        assertThat(rates("image.9x9", "1").covers(image("8x8", null))).isTrue();
        assertThat(rates("input", "1").covers(image("8x8", null))).isFalse();
        assertThat(rates().covers(tokens(1, 0, 0, 0))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "inputs", "Input", "image.", "image.a.b.c", "image.a b", "cached", "image..high"})
    void a_rate_that_there_is_not_is_refused(String name) {
        assertThatThrownBy(() -> rates(name, "1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "' is no rate");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "-0.000000001", "1000000.000000001", "1e30"})
    void a_rate_that_is_negative_or_enormous_is_refused(String rate) {
        assertThatThrownBy(() -> rates("input", rate))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the rate 'input' must be from 0 to 1000000");
    }

    @Test
    void a_rate_that_is_no_whole_number_of_nanos_is_refused_and_not_rounded() {
        assertThatThrownBy(() -> rates("input", "0.0000000001")).hasMessageContaining("more than nine decimals");
        assertThat(rates("input", "0.1000000000000")).isEqualTo(rates("input", "0.1"));
    }

    @Test
    void what_the_database_keeps_is_the_same_again() {
        var rates = rates("input", "0.15", "image.1024x1024.high", "0.17", "request", "1000000");
        assertThat(Rates.of(new JsonObject(rates.json().encode())))
                .isEqualTo(rates)
                .hasSameHashCodeAs(rates);
        assertThat(rates.json().getLong("input")).isEqualTo(150_000_000);
        assertThat(rates.decimals().encode())
                .isEqualTo("{\"image.1024x1024.high\":\"0.17\",\"input\":\"0.15\",\"request\":\"1000000\"}");
        assertThat(rates).isNotEqualTo(rates("input", "0.15"));
    }

    @Test
    void amounts_are_written_in_full_and_without_needless_zeros() {
        assertThat(Money.text(0)).isEqualTo("0");
        assertThat(Money.text(1)).isEqualTo("0.000000001");
        assertThat(Money.text(-12_500_000_000L)).isEqualTo("-12.5");
        assertThat(Money.text(100_000_000_000L)).isEqualTo("100");
        assertThat(Money.text(Long.MAX_VALUE)).isEqualTo("9223372036.854775807");
        assertThat(Money.text(Long.MIN_VALUE)).isEqualTo("-9223372036.854775808");
        for (long nanos : new long[] {0, 1, -1, 10, 999_999_999, 1_000_000_000, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(Money.nanos(new BigDecimal(Money.text(nanos)))).isEqualTo(nanos);
        }
        assertThatThrownBy(() -> Money.nanos(new BigDecimal("9223372036.854775808")))
                .isInstanceOf(ArithmeticException.class);
    }

    private static Usage image(String size, String quality) {
        return media(0, 0, new Media(2, size, quality, 0, 0));
    }

    private static Usage tokens(long prompt, long completion, long cached, long reasoning) {
        return new Usage("m", "u", Source.REPORTED, prompt, completion, cached, reasoning, null);
    }

    private static Usage media(long prompt, long completion, Media media) {
        return new Usage("m", "u", Source.REPORTED, prompt, completion, 0, 0, media);
    }

    private static Rates rates(String... namesAndRates) {
        var decimals = new HashMap<String, BigDecimal>();
        for (int i = 0; i < namesAndRates.length; i += 2) {
            decimals.put(namesAndRates[i], new BigDecimal(namesAndRates[i + 1]));
        }
        return Rates.of(decimals);
    }
}
