package io.gotthard.assistants;

import java.util.Set;

/**
 * Which events somebody wants to see.
 *
 * @param run only those of this run and of what it began (its display), or null
 * @param types only those types, and those below a type that ends with {@code .*}; empty for all
 */
record Filter(String run, Set<String> types) {

    /** All of them. */
    static final Filter ALL = new Filter(null, Set.of());

    /** Whether an event is among them. */
    boolean matches(Logged event) {
        return (run == null || run.equals(event.run()) || run.equals(event.display())) && matches(event.type());
    }

    private boolean matches(String type) {
        return types.isEmpty()
                || types.contains(type)
                || types.contains(type.substring(0, type.lastIndexOf('.')) + ".*");
    }

    /** The types as PostgreSQL's {@code like} knows them; null for all. */
    String[] patterns() {
        return types.isEmpty()
                ? null
                : types.stream()
                        .map(type -> type.replace("\\", "\\\\")
                                .replace("%", "\\%")
                                .replace("_", "\\_")
                                .replaceFirst("\\.\\*$", ".%"))
                        .toArray(String[]::new);
    }
}
