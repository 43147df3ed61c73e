package io.gotthard.metering;

import io.gotthard.metering.Limit.Metric;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * The headers by which OpenAI tells how it stands with the limits of requests and of tokens. Of several limits it is the one of which
 * the least is left. An immutable map, made for being gone through once.
 */
final class RateHeaders extends AbstractMap<String, String> {

    private static final long MILLI = 1_000_000;
    private static final int MOST = 2 * 7;

    private final String[] texts = new String[MOST];
    private int length;

    private RateHeaders() {}

    /**
     * Renders them.
     *
     * @param bounds what holds
     * @param standing for each bound, at twice its index, when all will be refilled
     * @param name of another header, or null
     */
    static RateHeaders of(List<Bound> bounds, long[] standing, long now, String name, String value) {
        var headers = new RateHeaders();
        if (name != null) {
            headers.add(name, value);
        }
        headers.add(
                Metric.REQUESTS,
                bounds,
                standing,
                now,
                "x-ratelimit-limit-requests",
                "x-ratelimit-remaining-requests",
                "x-ratelimit-reset-requests");
        headers.add(
                Metric.TOKENS,
                bounds,
                standing,
                now,
                "x-ratelimit-limit-tokens",
                "x-ratelimit-remaining-tokens",
                "x-ratelimit-reset-tokens");
        return headers;
    }

    private void add(
            Metric metric,
            List<Bound> bounds,
            long[] standing,
            long now,
            String limit,
            String remaining,
            String reset) {
        int tightest = -1;
        long least = Long.MAX_VALUE;
        for (int i = 0; i < bounds.size(); i++) {
            var bound = bounds.get(i);
            if (bound.limit().metric() == metric) {
                long left = bound.limit().left(standing[2 * i] - now);
                if (left < least) {
                    least = left;
                    tightest = i;
                }
            }
        }
        if (tightest >= 0) {
            add(limit, bounds.get(tightest).amount());
            add(remaining, Long.toString(least));
            add(reset, duration(Math.max(0, standing[2 * tightest] - now)));
        }
    }

    private void add(String name, String value) {
        texts[length++] = name;
        texts[length++] = value;
    }

    /** A duration as OpenAI writes it, such as {@code 20ms}, {@code 1.5s} or {@code 6m0s}; rounded up to a millisecond. */
    static String duration(long nanos) {
        long millis = Math.ceilDiv(nanos, MILLI);
        if (millis < 1_000) {
            return millis + "ms";
        }
        var text = new StringBuilder(16);
        long seconds = millis / 1_000;
        if (seconds >= 3_600) {
            text.append(seconds / 3_600).append('h');
        }
        if (seconds >= 60) {
            text.append(seconds / 60 % 60).append('m');
        }
        text.append(seconds % 60);
        long rest = millis % 1_000;
        if (rest > 0) {
            // 1500 has the digits 500 and is 1.5.
            text.append('.').append((char) ('0' + rest / 100));
            if (rest % 100 > 0) {
                text.append((char) ('0' + rest / 10 % 10));
                if (rest % 10 > 0) {
                    text.append((char) ('0' + rest % 10));
                }
            }
        }
        return text.append('s').toString();
    }

    @Override
    public void forEach(BiConsumer<? super String, ? super String> action) {
        for (int i = 0; i < length; i += 2) {
            action.accept(texts[i], texts[i + 1]);
        }
    }

    @Override
    public String get(Object name) {
        for (int i = 0; i < length; i += 2) {
            if (texts[i].equals(name)) {
                return texts[i + 1];
            }
        }
        return null;
    }

    @Override
    public boolean containsKey(Object name) {
        return get(name) != null;
    }

    @Override
    public int size() {
        return length / 2;
    }

    @Override
    public Set<Map.Entry<String, String>> entrySet() {
        return new AbstractSet<>() {

            @Override
            public int size() {
                return RateHeaders.this.size();
            }

            @Override
            public Iterator<Map.Entry<String, String>> iterator() {
                return entries();
            }
        };
    }

    private Iterator<Map.Entry<String, String>> entries() {
        return new Iterator<>() {

            private int at;

            @Override
            public boolean hasNext() {
                return at < length;
            }

            @Override
            public Map.Entry<String, String> next() {
                if (at >= length) {
                    throw new NoSuchElementException();
                }
                at += 2;
                return Map.entry(texts[at - 2], texts[at - 1]);
            }
        };
    }
}
