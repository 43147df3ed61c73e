package io.gotthard.metering;

import io.gotthard.contracts.Usage;
import io.gotthard.contracts.Usage.Media;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is charged for what, in nanos: {@code input}, {@code output}, {@code cached_input}, {@code reasoning} for a million tokens,
 * {@code characters} for a million, {@code request} for one, {@code audio_second} for one, {@code image}, {@code image.<size>} and
 * {@code image.<size>.<quality>} for one. Immutable; equal if the same is stated.
 *
 * <p>Cached input that has no rate costs what input costs, reasoning what output costs. An image costs what is stated for its size
 * and quality, else for its size, else for any image; if there are only rates for others, it costs the highest of them.
 */
public final class Rates {

    /** No request costs more than this, in nanos: ten million. An upstream that reports more tokens than there are is wrong. */
    static final long MOST = 10_000_000_000_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(Rates.class);

    /** Of the currency, for one of what is priced. */
    private static final long HIGHEST = 1_000_000;

    private static final int MILLION = 1_000_000;
    private static final int MOST_STATED = 200;
    private static final BigInteger SCALE = BigInteger.valueOf(MILLION);
    private static final Pattern NAME =
            Pattern.compile("input|output|cached_input|reasoning|request|audio_second|characters"
                    + "|image(\\.[A-Za-z0-9_-]{1,40}){0,2}");

    private final SortedMap<String, Long> stated;
    private final long input;
    private final long output;
    private final long cached;
    private final long reasoning;
    private final long request;
    private final long audioSecond;
    private final long characters;
    private final long image;
    private final Map<String, Long> images;

    private Rates(SortedMap<String, Long> stated) {
        this.stated = stated;
        this.input = stated.getOrDefault("input", 0L);
        this.output = stated.getOrDefault("output", 0L);
        this.cached = stated.getOrDefault("cached_input", input);
        this.reasoning = stated.getOrDefault("reasoning", output);
        this.request = stated.getOrDefault("request", 0L);
        this.audioSecond = stated.getOrDefault("audio_second", 0L);
        this.characters = stated.getOrDefault("characters", 0L);
        this.images = new HashMap<>();
        long highest = 0;
        for (var entry : stated.tailMap("image").entrySet()) {
            if (entry.getKey().startsWith("image")) {
                images.put(entry.getKey(), entry.getValue());
                highest = Math.max(highest, entry.getValue());
            }
        }
        this.image = stated.getOrDefault("image", highest);
    }

    /**
     * The rates of a price.
     *
     * @param decimals in units of the currency, by name
     * @throws IllegalArgumentException if a name is not known, or a rate negative, above a million or not a whole number of nanos
     */
    public static Rates of(Map<String, BigDecimal> decimals) {
        var stated = new TreeMap<String, Long>();
        decimals.forEach((name, rate) -> stated.put(name, nanos(name, rate)));
        return checked(stated);
    }

    /** Those that {@link #json} wrote. */
    static Rates of(JsonObject json) {
        var stated = new TreeMap<String, Long>();
        json.forEach(rate -> stated.put(rate.getKey(), ((Number) rate.getValue()).longValue()));
        return checked(stated);
    }

    private static Rates checked(SortedMap<String, Long> stated) {
        if (stated.size() > MOST_STATED) {
            throw new IllegalArgumentException("a price has at most " + MOST_STATED + " rates");
        }
        for (var name : stated.keySet()) {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "'" + shown(name) + "' is no rate; there are input, output, cached_input, reasoning, request,"
                                + " audio_second, characters, image, image.<size> and"
                                + " image.<size>.<quality>");
            }
        }
        return new Rates(stated);
    }

    private static long nanos(String name, BigDecimal rate) {
        if (rate == null || rate.signum() < 0 || rate.compareTo(BigDecimal.valueOf(HIGHEST)) > 0) {
            throw new IllegalArgumentException("the rate '" + shown(name) + "' must be from 0 to " + HIGHEST);
        }
        try {
            return Money.nanos(rate);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("the rate '" + shown(name) + "' has more than nine decimals", e);
        }
    }

    private static String shown(String name) {
        return name.length() > 60 ? name.substring(0, 60) + "…" : name;
    }

    /** In nanos, as the database keeps them. */
    JsonObject json() {
        var json = new JsonObject();
        stated.forEach(json::put);
        return json;
    }

    /** In units of the currency, as clients see them. */
    JsonObject decimals() {
        var json = new JsonObject();
        stated.forEach((name, rate) -> json.put(name, Money.text(rate)));
        return json;
    }

    /**
     * What the usage costs, in nanos: calculated exactly, rounded once, half up. More than {@link #MOST} is an error of the upstream that
     * reported it: it is logged as one and costs that.
     */
    long cost(Usage usage) {
        long prompt = Math.max(0, usage.promptTokens());
        long completion = Math.max(0, usage.completionTokens());
        // Parts can't be more than the whole, whatever an upstream says.
        long fromCache = Math.clamp(usage.cachedTokens(), 0, prompt);
        long reasoned = Math.clamp(usage.reasoningTokens(), 0, completion);
        return cost(usage, prompt - fromCache, fromCache, completion - reasoned, reasoned, usage.media(), true);
    }

    /**
     * What the usage costs without what the upstream makes of it: its prompt, none of it cached, its characters and audio, and the
     * request itself.
     */
    long input(Usage usage) {
        return cost(usage, Math.max(0, usage.promptTokens()), 0, 0, 0, usage.media(), false);
    }

    private long cost(
            Usage usage, long fresh, long fromCache, long spoken, long reasoned, Media media, boolean withImages) {
        boolean fits =
                fits(fresh, input) && fits(fromCache, cached) && fits(spoken, output) && fits(reasoned, reasoning);
        if (fits && media == null) {
            // Each is less than 2^60, and what is stated for a request less than 2^50.
            long millionths = fresh * input + fromCache * cached + spoken * output + reasoned * reasoning;
            return limited(usage, request + millionths / MILLION + (millionths % MILLION >= MILLION / 2 ? 1 : 0));
        }
        var sum = times(fresh, input)
                .add(times(fromCache, cached))
                .add(times(spoken, output))
                .add(times(reasoned, reasoning))
                .add(times(request, MILLION));
        if (media != null) {
            sum = sum.add(times(Math.max(0, media.characters()), characters))
                    .add(times(Math.max(0, media.audioMillis()), audioSecond).multiply(BigInteger.valueOf(1000)));
            if (withImages && media.images() > 0) {
                sum = sum.add(times(media.images(), image(media)).multiply(SCALE));
            }
        }
        var nanos = sum.add(BigInteger.valueOf(MILLION / 2)).divide(SCALE);
        return limited(usage, nanos.bitLength() < Long.SIZE ? nanos.longValue() : Long.MAX_VALUE);
    }

    private static boolean fits(long count, long rate) {
        return Math.multiplyHigh(count, rate) == 0 && count * rate >= 0 && count * rate < 1L << 60;
    }

    private static BigInteger times(long count, long rate) {
        return BigInteger.valueOf(count).multiply(BigInteger.valueOf(rate));
    }

    private long image(Media media) {
        if (media.size() == null) {
            return image;
        }
        var sized = "image." + media.size();
        var exact = media.quality() == null ? null : images.get(sized + "." + media.quality());
        return exact != null ? exact : images.getOrDefault(sized, image);
    }

    private static long limited(Usage usage, long nanos) {
        if (nanos <= MOST) {
            return nanos;
        }
        if (usage.reported()) {
            LOG.error("A request would cost more than {}, and is charged that: {}", Money.text(MOST), usage);
        }
        return MOST;
    }

    /**
     * Whether something is stated for anything that was consumed, or nothing was. If not, the cost is zero though nobody said that it is
     * free.
     */
    boolean covers(Usage usage) {
        var media = usage.media();
        boolean images = media != null && media.images() > 0;
        boolean audio = media != null && media.audioMillis() > 0;
        boolean spoken = media != null && media.characters() > 0;
        boolean consumed = usage.promptTokens() > 0 || usage.completionTokens() > 0 || images || audio || spoken;
        return !consumed
                || stated.containsKey("request")
                || (usage.promptTokens() > 0 && states("input", "cached_input"))
                || (usage.completionTokens() > 0 && states("output", "reasoning"))
                || (images && !this.images.isEmpty())
                || (audio && stated.containsKey("audio_second"))
                || (spoken && stated.containsKey("characters"));
    }

    private boolean states(String one, String other) {
        return stated.containsKey(one) || stated.containsKey(other);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Rates same && stated.equals(same.stated);
    }

    @Override
    public int hashCode() {
        return stated.hashCode();
    }

    @Override
    public String toString() {
        return decimals().encode();
    }
}
