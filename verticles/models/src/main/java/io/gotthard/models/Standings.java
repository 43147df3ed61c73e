package io.gotthard.models;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * How the targets do, for all event loops of this process and across changes of the configuration: a target that stays what it is keeps
 * its standing.
 */
final class Standings {

    /**
     * What makes a target the same.
     *
     * @param upstream its name
     * @param settings what is configured of it; null for the demo
     * @param model the model's name there
     */
    record Key(String upstream, Upstream settings, String model) {

        String name() {
            return upstream + "/" + model;
        }

        /** What all targets with the same key have in common; those of the demo have none. */
        private Key shared() {
            return settings == null ? this : new Key(upstream, settings, null);
        }
    }

    private final MeterRegistry registry;
    private final Map<Key, Standing> all = new ConcurrentHashMap<>();
    private final Map<Key, Collection<Standing>> siblings = new ConcurrentHashMap<>();
    private Map<String, Gauge> gauges = Map.of();

    Standings(MeterRegistry registry) {
        this.registry = registry;
    }

    Standing of(Key key) {
        return all.computeIfAbsent(
                key, made -> new Standing(siblings.computeIfAbsent(key.shared(), of -> new ConcurrentLinkedQueue<>())));
    }

    /**
     * Forgets all but these.
     *
     * @param configured those of them that are shown: the others are as many as an upstream says
     */
    synchronized void keep(Set<Key> keys, Set<Key> configured) {
        for (var gone : List.copyOf(all.keySet())) {
            if (!keys.contains(gone)) {
                var standing = all.remove(gone);
                siblings.computeIfPresent(gone.shared(), (of, standings) -> {
                    standings.remove(standing);
                    return standings.isEmpty() ? null : standings;
                });
            }
        }
        gauges.values().forEach(registry::remove);
        var shown = new HashMap<String, Gauge>();
        configured.forEach(key -> shown.put(key.name(), gauge(key.name(), of(key))));
        gauges = shown;
    }

    private Gauge gauge(String name, Standing standing) {
        return Gauge.builder(
                        "gotthard.models.target.state",
                        standing,
                        of -> of.state().value())
                .description("0 is good, 1 was silent, 2 is out of service, 3 refuses our credentials")
                .tag("target", name)
                .strongReference(true)
                .register(registry);
    }
}
