package io.gotthard.assistants;

import io.gotthard.contracts.EventShape;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which events somebody wants to see.
 *
 * @param run only those of this run and of what it began (its display), or null
 * @param types only those types, and those below a type that ends with {@code .*}; empty for all
 */
record Filter(String run, Set<String> types) {

    /** What most of a log is: these are in no index but that of places. */
    private static final Set<String> FREQUENT = Set.of("chunk.added", "thought.added");

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

    /** The types one by one, if an index has them all: of the whole thread, and without those that most of a log is; else null. */
    String[] indexed() {
        if (run != null || types.isEmpty()) {
            return null;
        }
        var single = types.stream()
                .flatMap(type -> type.endsWith(".*")
                        ? EventShape.types().stream().filter(known -> known.startsWith(type.replace("*", "")))
                        : Stream.of(type))
                .distinct()
                .toArray(String[]::new);
        return Stream.of(single).anyMatch(FREQUENT::contains) ? null : single;
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
