package io.gotthard.metering;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/** The requests of this node that are under way, by the key of Redis in which they are counted. Safe to be used from any thread. */
final class UnderWay {

    private static final int AT_ONCE = 1_000;

    private final String node;
    private final AtomicLong count = new AtomicLong();
    private final ConcurrentHashMap<String, ConcurrentHashMap<String, Boolean>> requests = new ConcurrentHashMap<>();

    /** @param node what their names begin with, so that no other node has the same */
    UnderWay(String node) {
        this.node = node;
    }

    /** A name for a request. */
    String next() {
        return node + Long.toString(count.incrementAndGet(), Character.MAX_RADIX);
    }

    void enter(String key, String request) {
        requests.compute(key, (same, known) -> {
            var all = known == null ? new ConcurrentHashMap<String, Boolean>() : known;
            all.put(request, true);
            return all;
        });
    }

    /** Whether it was. */
    boolean leave(String key, String request) {
        var all = requests.get(key);
        return all != null && all.remove(request) != null;
    }

    /** Goes through all of them, many at a time. */
    void forEach(BiConsumer<String, List<String>> action) {
        requests.forEach((key, all) -> {
            var some = new ArrayList<String>();
            for (var request : all.keySet()) {
                some.add(request);
                if (some.size() == AT_ONCE) {
                    action.accept(key, List.copyOf(some));
                    some.clear();
                }
            }
            if (!some.isEmpty()) {
                action.accept(key, some);
            }
        });
    }

    /** Forgets keys that none is under way of. */
    void sweep() {
        requests.keySet().forEach(key -> requests.computeIfPresent(key, (same, all) -> all.isEmpty() ? null : all));
    }
}
