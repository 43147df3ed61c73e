package io.gotthard.contracts;

import io.vertx.core.json.JsonArray;
import java.util.Collection;
import java.util.List;

/**
 * Where somebody's requests may be answered. A target whose region nobody knows is in none: so it is only allowed where all are.
 *
 * @param only the regions, sorted; empty if there is none, and null if it is not limited
 */
public record Residency(List<String> only) {

    /** No limits. */
    public static final Residency ANYWHERE = new Residency((List<String>) null);

    /** In any order. */
    public Residency {
        only = only == null ? null : only.stream().sorted().distinct().toList();
    }

    /** Only in these regions; anywhere if they are null. */
    public static Residency of(Collection<String> regions) {
        return regions == null ? ANYWHERE : new Residency(List.copyOf(regions));
    }

    /** Whether anything is forbidden. */
    public boolean isLimited() {
        return only != null;
    }

    /** Whether a target may answer; its region may be null. */
    public boolean allows(String region) {
        return only == null || (region != null && only.contains(region));
    }

    /** What both allow. */
    public Residency and(Residency other) {
        if (only == null || other.only == null) {
            return only == null ? other : this;
        }
        return new Residency(only.stream().filter(other.only::contains).toList());
    }

    /** The regions with commas between them; empty if it is not limited. */
    public String text() {
        return only == null ? "" : String.join(",", only);
    }

    /** As it travels and as the API has it: null if it is not limited. */
    public JsonArray json() {
        return only == null ? null : new JsonArray(only);
    }

    /** The same as {@link #json} said. */
    public static Residency of(JsonArray json) {
        return json == null
                ? ANYWHERE
                : new Residency(json.stream().map(String.class::cast).toList());
    }
}
