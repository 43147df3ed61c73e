package io.gotthard.models;

import io.gotthard.models.Catalogue.Entry;
import io.gotthard.models.provider.Found;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Gives names to the models that upstreams said they have: those that a configured wildcard has for them, else {@code upstream/model}.
 * A name that is configured stays what it is.
 */
final class Discovered {

    /** Makes the way to a model that was found. */
    interface Maker {
        Entry entry(String name, String upstream, Found found);
    }

    private final Setup setup;
    private final Maker maker;

    Discovered(Setup setup, Maker maker) {
        this.setup = setup;
        this.maker = maker;
    }

    void addTo(Map<String, Entry> entries) {
        // The longest first, because that is the one that counts.
        var wildcards = entries.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith("*"))
                .sorted(Comparator.comparingInt(entry -> -entry.getKey().length()))
                .map(entry -> Map.entry(entry.getKey().substring(0, entry.getKey().length() - 1), entry.getValue()))
                .toList();
        for (var upstream : setup.settings().upstreams().keySet()) {
            for (var model : setup.found().getOrDefault(upstream, List.of())) {
                var names = names(upstream, model.name());
                for (var name : names) {
                    // What a request for this name would be answered by anyway: now it is known that there is something.
                    wildcards.stream()
                            .filter(wildcard -> name.startsWith(wildcard.getKey()))
                            .findFirst()
                            .ifPresent(wildcard -> put(name, () -> wildcard.getValue().as(name), entries));
                }
                if (names.isEmpty()) {
                    var name = upstream + "/" + model.name();
                    put(name, () -> maker.entry(name, upstream, model), entries);
                }
            }
        }
    }

    private static void put(String name, Supplier<Entry> entry, Map<String, Entry> entries) {
        if (Catalogue.isName(name) && !entries.containsKey(name)) {
            entries.put(name, entry.get());
        }
    }

    /** What wildcards call the model. */
    private List<String> names(String upstream, String model) {
        var names = new ArrayList<String>();
        setup.settings().models().forEach((name, configured) -> {
            if (name.endsWith("*")) {
                for (var target : configured.targets()) {
                    var rest = target.upstream().equals(upstream) ? rest(target.model(), model) : null;
                    if (rest != null) {
                        names.add(name.substring(0, name.length() - 1) + rest);
                    }
                }
            }
        });
        return names;
    }

    /** What the {@code *} stands for, or null if it is another name. */
    private static String rest(String pattern, String model) {
        int star = pattern.indexOf('*');
        if (star < 0) {
            return null;
        }
        var before = pattern.substring(0, star);
        var after = pattern.substring(star + 1);
        boolean fits =
                model.length() > before.length() + after.length() && model.startsWith(before) && model.endsWith(after);
        return fits ? model.substring(star, model.length() - after.length()) : null;
    }
}
