package io.gotthard.models;

import io.gotthard.models.provider.Found;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All that the models of a process are made of.
 *
 * @param settings what is configured
 * @param authorities whom the upstreams that say so believe, by their names
 * @param found the models that upstreams said they have, by their names
 */
record Setup(ModelsSettings settings, Map<String, String> authorities, Map<String, List<Found>> found) {

    /** Reads the files that the settings name. */
    static Setup of(ModelsSettings settings, Map<String, List<Found>> found) {
        var authorities = new HashMap<String, String>();
        settings.upstreams().forEach((name, upstream) -> {
            if (upstream.tls() != null) {
                authorities.put(name, Authorities.read(upstream.tls().ca()));
            }
        });
        return new Setup(settings, Map.copyOf(authorities), Map.copyOf(found));
    }

    /** Of other settings; upstreams that stay the same still have what was found there. */
    Setup with(ModelsSettings other) {
        var kept = new HashMap<>(found);
        kept.keySet().removeIf(name -> {
            var now = other.upstreams().get(name);
            return now == null
                    || !now.discover()
                    || !now.equals(settings.upstreams().get(name));
        });
        return of(other, kept);
    }

    /** The same with what was found at an upstream. */
    Setup with(String upstream, List<Found> models) {
        var all = new HashMap<>(found);
        all.put(upstream, models);
        return new Setup(settings, authorities, Map.copyOf(all));
    }
}
