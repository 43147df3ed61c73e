package io.gotthard.models;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
    }

    private final MeterRegistry registry;
    private final Map<Key, Standing> all = new ConcurrentHashMap<>();
    private Map<String, Gauge> gauges = Map.of();

    Standings(MeterRegistry registry) {
        this.registry = registry;
    }

    Standing of(Key key) {
        return all.computeIfAbsent(key, made -> new Standing());
    }

    /**
     * Forgets all but these.
     *
     * @param configured those of them that are shown: the others are as many as an upstream says
     */
    synchronized void keep(Set<Key> keys, Set<Key> configured) {
        all.keySet().retainAll(keys);
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
