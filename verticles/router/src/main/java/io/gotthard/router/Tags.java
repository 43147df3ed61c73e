package io.gotthard.router;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the property that tells the branches of a union apart. */
final class Tags {
    private Tags() {}

    /**
     * A property which every branch for objects requires to be one of some constants that no other branch allows. One
     * branch may stand for all other texts by naming the constants of the rest under {@code not: {enum}}.
     *
     * @param document to follow references in
     * @param branches the union's branches
     * @param checks the same branches, compiled
     * @return null if there is no such property
     */
    static Union.Tag of(Definition document, List<Definition> branches, List<Check> checks) {
        List<Definition> objects = new ArrayList<>();
        List<Check> objectChecks = new ArrayList<>();
        for (int i = 0; i < branches.size(); i++) {
            if ((checks.get(i).kinds() & Kind.OBJECT) != 0) {
                objects.add(target(document, branches.get(i)));
                objectChecks.add(checks.get(i));
            }
        }
        if (objects.size() < 2) {
            return null;
        }
        for (String name : objects.getFirst().children("properties").keySet()) {
            Union.Tag tag = of(document, name, objects, objectChecks);
            if (tag != null) {
                return tag;
            }
        }
        return null;
    }

    private static Union.Tag of(Definition document, String name, List<Definition> objects, List<Check> checks) {
        Map<String, Check> cases = new HashMap<>();
        List<String> supported = new ArrayList<>();
        Check other = null;
        Set<String> notOther = new HashSet<>();
        for (int i = 0; i < objects.size(); i++) {
            Definition object = objects.get(i);
            Definition property = object.children("properties").get(name);
            if (property == null || !object.texts("required").contains(name)) {
                return null;
            }
            property = target(document, property);
            List<String> constants = constants(property);
            if (constants != null) {
                for (String constant : constants) {
                    if (cases.putIfAbsent(constant, checks.get(i)) != null) {
                        return null;
                    }
                    supported.add(constant);
                }
            } else if (other == null && property.kinds() == Kind.STRING && property.has("not")) {
                other = checks.get(i);
                List<String> excluded = constants(property.child("not"));
                notOther.addAll(excluded == null ? List.of() : excluded);
            } else {
                return null;
            }
        }
        // A text that both a case and the other branch allow would have to be tried on both.
        boolean apart = other == null || notOther.containsAll(cases.keySet());
        return apart && !cases.isEmpty() ? new Union.Tag(name, Map.copyOf(cases), other, supported) : null;
    }

    /** The texts a schema with {@code const} or {@code enum} is confined to, or null. */
    private static List<String> constants(Definition schema) {
        List<?> values = schema.has("const")
                ? Collections.singletonList(schema.json().get("const"))
                : schema.has("enum") ? schema.values("enum") : null;
        boolean texts = values != null && values.stream().allMatch(String.class::isInstance);
        return texts ? values.stream().map(String.class::cast).toList() : null;
    }

    private static Definition target(Definition document, Definition schema) {
        Definition target = schema;
        for (int hops = 0; target.has("$ref") && hops < 10; hops++) {
            target = document.at(target.text("$ref"), target);
        }
        return target;
    }
}
