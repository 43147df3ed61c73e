package io.gotthard.realtime;

import java.util.Set;

/**
 * Which events of a thread somebody wants to see.
 *
 * @param thread the thread
 * @param run only those of this run and of what it began, or null
 * @param types only those types, and those below one that ends with {@code .*}; empty for all
 * @param after only those behind this place
 * @param untilEnd whether nothing is wanted any more once the run has ended
 */
record Wanted(String thread, String run, Set<String> types, long after, boolean untilEnd) {

    private static final Set<String> ENDS = Set.of("run.stopped", "run.failed", "run.cancelled");

    boolean matches(Line line) {
        if (line.seq() <= after) {
            return false;
        }
        if (run == null && types.isEmpty()) {
            return true;
        }
        var event = line.event();
        return (run == null || run.equals(event.getString("run_id")) || run.equals(event.getString("display_id")))
                && (types.isEmpty() || matches(event.getString("type")));
    }

    /** Whether this is the last one that is wanted, be it one of the wanted types or not. */
    boolean endsWith(Line line) {
        return untilEnd
                && ENDS.contains(line.event().getString("type"))
                && run.equals(line.event().getString("run_id"));
    }

    private boolean matches(String type) {
        if (types.contains(type)) {
            return true;
        }
        int dot = type.indexOf('.');
        return dot > 0 && types.contains(type.substring(0, dot) + ".*");
    }
}
