package io.gotthard.models;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds what does not fit together in the configuration of models. Says where it is, and what there is instead. */
final class ModelsCheck {

    private final Set<String> upstreams;
    private final Map<String, Model> models;

    ModelsCheck(Set<String> upstreams, Map<String, Model> models) {
        this.upstreams = upstreams;
        this.models = models;
    }

    /** @throws IllegalArgumentException if something does not fit */
    void check() {
        upstreams.forEach(ModelsCheck::name);
        var names = new HashSet<>(models.keySet());
        models.forEach((name, model) -> {
            wildcards(name, model);
            model.targets().forEach(target -> target(name, target));
            others(name, model, "fallbacks", model.fallbacks());
            others(name, model, "larger", model.larger());
            for (var alias : model.aliases()) {
                refuseIf(
                        alias.contains("*") || !names.add(alias),
                        "models." + name + " has the alias '" + alias + "', which is a name already, or has a '*'");
            }
        });
        models.keySet().forEach(name -> cycles(name, new LinkedHashSet<>()));
    }

    /** Names of upstreams are told in headers. */
    private static void name(String upstream) {
        refuseIf(
                !upstream.matches("[!-~]{1,100}"),
                "upstreams has the name '" + upstream + "', but a name has 1 to 100 letters, digits and signs");
    }

    private static void wildcards(String name, Model model) {
        int star = name.indexOf('*');
        refuseIf(star >= 0 && star < name.length() - 1, "models." + name + " has a '*' that is not at its end");
        refuseIf(
                star < 0
                        && model.targets().stream()
                                .anyMatch(target -> target.model().contains("*")),
                "models." + name + " has a target's model with a '*', but has none itself");
    }

    private void target(String name, Model.Target target) {
        refuseIf(
                !upstreams.contains(target.upstream()),
                "models." + name + " has a target at upstream '" + target.upstream()
                        + "', but there is no such upstream; there are: " + upstreams);
    }

    private void others(String name, Model model, String key, List<String> others) {
        for (var other : others) {
            var found = models.get(other);
            refuseIf(
                    found == null || other.contains("*"),
                    "models." + name + "." + key + " names '" + other + "', but there is no such model; there are: "
                            + models.keySet());
            refuseIf(
                    found.kind() != model.kind(),
                    "models." + name + "." + key + " names '" + other + "', which is of kind " + found.kind()
                            + " and not " + model.kind());
        }
    }

    private void cycles(String name, Set<String> before) {
        refuseIf(
                !before.add(name),
                "models." + name + ".fallbacks come back to it: " + String.join(" → ", before) + " → " + name);
        models.get(name).fallbacks().forEach(next -> cycles(next, before));
        before.remove(name);
    }

    private static void refuseIf(boolean bad, String why) {
        if (bad) {
            throw new IllegalArgumentException(why);
        }
    }
}
