package io.gotthard.realtime;

import java.util.Set;

/**
 * Which events of a thread somebody wants to see.
 *
 * @param thread the thread
 * @param run only those of this run and of what it began, or null
 * @param types only those types, and those below one that ends with {@code .*}; empty for all
 */
record Wanted(String thread, String run, Set<String> types) {

    boolean matches(Line line) {
        if (run == null && types.isEmpty()) {
            return true;
        }
        var event = line.event();
        return (run == null || run.equals(event.getString("run_id")) || run.equals(event.getString("display_id")))
                && (types.isEmpty() || matches(event.getString("type")));
    }

    private boolean matches(String type) {
        if (types.contains(type)) {
            return true;
        }
        int dot = type.indexOf('.');
        return dot > 0 && types.contains(type.substring(0, dot) + ".*");
    }
}
