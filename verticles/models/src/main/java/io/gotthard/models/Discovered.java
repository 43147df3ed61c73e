package io.gotthard.models;

import io.gotthard.models.Catalogue.Entry;
import io.gotthard.models.provider.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
        setup.found().forEach((upstream, models) -> {
            for (var model : models) {
                for (var name : names(upstream, model.name())) {
                    if (Catalogue.isName(name) && !entries.containsKey(name)) {
                        var wildcard = wildcard(name, entries);
                        entries.put(name, wildcard == null ? maker.entry(name, upstream, model) : wildcard.as(name));
                    }
                }
            }
        });
    }

    private static Entry wildcard(String name, Map<String, Entry> entries) {
        return entries.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith("*")
                        && name.startsWith(
                                entry.getKey().substring(0, entry.getKey().length() - 1)))
                .max((a, b) -> Integer.compare(a.getKey().length(), b.getKey().length()))
                .map(Map.Entry::getValue)
                .orElse(null);
    }

    /** What the model is called by clients. */
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
        return names.isEmpty() ? List.of(upstream + "/" + model) : names;
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
