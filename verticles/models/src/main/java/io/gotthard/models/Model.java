package io.gotthard.models;

import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A model under its public name, as the configuration describes it. A name that ends with {@code *}, such as {@code openai/*}, stands
 * for all that begin so; a {@code *} in its targets' models is then the rest of the name.
 *
 * @param kind what it does
 * @param targets where it is
 * @param strategy which of the targets with the best priority is asked
 * @param sticky what keeps asking the same target as long as that works, because it has cached the prompt
 * @param fallbacks other models of this kind, asked in this order if no target answers; theirs come after each
 * @param larger other models of this kind, asked in this order if the request is too long for this one
 * @param delivery how much of an answer must be there before any of it is handed on
 * @param deadlines how long everything may take
 * @param retries how often to ask
 * @param breaker when a target is not asked any more
 * @param aliases other names of it
 * @param maxOutputTokens so many tokens of each answer are paid for in advance, if the request does not limit them
 * @param price what it costs, in units of the currency: {@code input}, {@code output}, {@code cached_input} and {@code reasoning} for a
 *     million tokens, {@code request}, {@code image}, {@code audio_second}, and {@code characters} for a million; null if it is not
 *     said here
 */
public record Model(
        Kind kind,
        List<Target> targets,
        @Default("weighted") Strategy strategy,
        @Default("none") Sticky sticky,
        @Default("[]") List<String> fallbacks,
        @Default("[]") List<String> larger,
        @Default("live") Delivery delivery,
        @Default("{}") Deadlines deadlines,
        @Default("{}") Retries retries,
        @Default("{}") Breaker breaker,
        @Default("[]") List<String> aliases,
        @Default("4096") int maxOutputTokens,
        @Absent Map<String, BigDecimal> price) {

    private static final int MOST_TARGETS = 100;
    private static final int USUAL_OUTPUT = 4_096;
    private static final int MOST_OUTPUT = 100_000_000;

    /** Which target is asked first. Whatever it is: only among those with the lowest number as their priority. */
    public enum Strategy {
        /** At random, in proportion to the weights. */
        WEIGHTED,
        /** In the order of the configuration. */
        PRIORITY,
        /** Of two at random, the one that answers sooner. */
        LEAST_LATENCY,
        /** The one with the fewest open requests for its weight. */
        LEAST_BUSY,
        /** The one with the lowest price; those without one come last, in the order of the configuration. */
        CHEAPEST
    }

    /** Which requests are for the same target. */
    public enum Sticky {
        /** None. */
        NONE,
        /** Those of the same {@code user}, {@code safety_identifier}, or else of the same account. */
        USER,
        /** Those with the same {@code prompt_cache_key}, or else with the same beginning. */
        CONVERSATION
    }

    /** How much of a streamed answer must be there before any of it is handed on. */
    public enum Delivery {
        /** The first content. What breaks later is an error in the stream. */
        LIVE,
        /** All of it. What breaks is begun again elsewhere, and nobody notices. */
        WHOLE
    }

    /**
     * A model of an upstream.
     *
     * @param upstream the upstream's name in the configuration
     * @param model the model's name there
     * @param weight its share of the requests
     * @param priority those with lower numbers are asked first
     * @param region where the data goes, as in {@code ch}, or null if that is not known
     * @param price what it costs if this target answers, as in {@link Model#price}; null if that is the model's price
     */
    public record Target(
            String upstream,
            String model,
            @Default("1") int weight,
            @Default("1") int priority,
            @Absent String region,
            @Absent Map<String, BigDecimal> price) {

        private static final int MOST = 1_000_000;
        private static final Pattern REGION = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

        /** A target without preferences. */
        public Target(String upstream, String model) {
            this(upstream, model, 1, 1, null, null);
        }

        /** Checks what no type says. */
        public Target {
            if (weight < 1 || weight > MOST) {
                throw new IllegalArgumentException("weight must be from 1 to " + MOST);
            }
            if (priority < 0 || priority > MOST) {
                throw new IllegalArgumentException("priority must be from 0 to " + MOST);
            }
            if (region != null && !REGION.matcher(region).matches()) {
                throw new IllegalArgumentException("region is 1 to 32 of a to z, 0 to 9 and -, as in ch");
            }
        }

        /** What its own price is called where prices are known by the names of models. */
        public String priceName(String ofModel) {
            return ofModel + "@" + upstream + "/" + model;
        }
    }

    /** A model without a price and with the usual manners. */
    public Model(Kind kind, List<Target> targets) {
        this(
                kind,
                targets,
                Strategy.WEIGHTED,
                Sticky.NONE,
                List.of(),
                List.of(),
                Delivery.LIVE,
                Deadlines.USUAL,
                Retries.USUAL,
                Breaker.USUAL,
                List.of(),
                USUAL_OUTPUT,
                null);
    }

    /** The same, asked so often and for so long. */
    public Model asked(Retries otherRetries, Breaker otherBreaker, Deadlines otherDeadlines) {
        return new Model(
                kind,
                targets,
                strategy,
                sticky,
                fallbacks,
                larger,
                delivery,
                otherDeadlines,
                otherRetries,
                otherBreaker,
                aliases,
                maxOutputTokens,
                price);
    }

    /** Checks what no type says. */
    public Model {
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("targets must name at least one upstream");
        }
        if (targets.size() > MOST_TARGETS) {
            throw new IllegalArgumentException("there may be at most " + MOST_TARGETS + " targets");
        }
        if (maxOutputTokens < 1 || maxOutputTokens > MOST_OUTPUT) {
            throw new IllegalArgumentException("max_output_tokens must be from 1 to " + MOST_OUTPUT);
        }
    }
}
