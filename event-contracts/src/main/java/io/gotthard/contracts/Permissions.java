package io.gotthard.contracts;

import io.gotthard.contracts.Rule.Level;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a principal may do: several sets of rules, such as the tenant's ceiling, the user's roles and the key's scopes, of which
 * the lowest level counts. Immutable to its users; what was asked before is remembered, so that a check is one look-up.
 */
public final class Permissions {

    /** Everything: a system administrator. */
    public static final Permissions ALL = new Permissions(List.of(), Level.ADMIN);

    /** Nothing: who is not known. */
    public static final Permissions NONE = new Permissions(List.of(), Level.NONE);

    /** Resources that are remembered for each principal; the names asked for come from clients. */
    private static final int MOST_REMEMBERED = 1_000;

    private final List<List<Rule>> sets;
    private final Level unlimited;
    private final Map<String, Level> remembered = new ConcurrentHashMap<>();

    private Permissions(List<List<Rule>> sets, Level unlimited) {
        this.sets = sets;
        this.unlimited = unlimited;
    }

    /**
     * Those that are in every one of the sets.
     *
     * @throws IllegalArgumentException if there is no set, or if a rule is not valid
     */
    public static Permissions of(List<? extends Collection<String>> sets) {
        if (sets.isEmpty()) {
            throw new IllegalArgumentException("permissions are made of at least one set of rules");
        }
        var compiled = new ArrayList<List<Rule>>();
        for (var set : sets) {
            compiled.add(set.stream().map(Rule::parse).toList());
        }
        return new Permissions(List.copyOf(compiled), Level.ADMIN);
    }

    /** As it travels between nodes. */
    JsonObject json() {
        var json = new JsonArray();
        sets.forEach(set -> json.add(new JsonArray(set.stream().map(Rule::text).toList())));
        return new JsonObject().put("sets", json).put("unlimited", unlimited.name());
    }

    /** The same as {@link #json} said. */
    static Permissions of(JsonObject json) {
        var sets = json.getJsonArray("sets");
        if (sets.isEmpty()) {
            return Level.valueOf(json.getString("unlimited")) == Level.ADMIN ? ALL : NONE;
        }
        return of(sets.stream()
                .map(set -> ((JsonArray) set).stream().map(String.class::cast).toList())
                .toList());
    }

    /** Whether the level is granted for a resource such as {@code model.openai/gpt-5}. */
    public boolean allows(Level level, String resource) {
        return level(resource).includes(level);
    }

    /** The highest level for a resource. */
    public Level level(String resource) {
        if (sets.isEmpty()) {
            return unlimited;
        }
        var known = remembered.get(resource);
        if (known != null) {
            return known;
        }
        var level = evaluate(Rule.segments(resource));
        if (remembered.size() < MOST_REMEMBERED) {
            remembered.put(resource, level);
        }
        return level;
    }

    private Level evaluate(List<String> resource) {
        var level = unlimited;
        for (var set : sets) {
            level = level.and(highest(set, resource));
        }
        return level;
    }

    private static Level highest(List<Rule> set, List<String> resource) {
        var highest = Level.NONE;
        for (var rule : set) {
            if (!highest.includes(rule.level()) && rule.matches(resource)) {
                highest = rule.level();
            }
        }
        return highest;
    }

    /**
     * Whether all that the other one allows is allowed by this one: for each of these sets there is one of the other's that it
     * covers, rule by rule. It never says so wrongly, and may fail to see it where only several rules together allow as much.
     */
    public boolean covers(Permissions other) {
        if (sets.isEmpty()) {
            return unlimited.includes(other.sets.isEmpty() ? other.unlimited : Level.ADMIN);
        }
        if (other.sets.isEmpty()) {
            return other.unlimited == Level.NONE;
        }
        return sets.stream().allMatch(mine -> other.sets.stream().anyMatch(theirs -> covers(mine, theirs)));
    }

    private static boolean covers(List<Rule> mine, List<Rule> theirs) {
        return theirs.stream().allMatch(rule -> mine.stream().anyMatch(own -> own.covers(rule)));
    }

    /** The rules, set by set; empty for {@link #ALL} and {@link #NONE}. */
    public List<List<Rule>> sets() {
        return sets;
    }

    /** Whether this is everything, as a system administrator has it. */
    public boolean isAll() {
        return sets.isEmpty() && unlimited == Level.ADMIN;
    }

    /** Equal if they are of the same sets. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Permissions same && sets.equals(same.sets) && unlimited == same.unlimited;
    }

    @Override
    public int hashCode() {
        return sets.hashCode();
    }

    @Override
    public String toString() {
        return sets.isEmpty() ? (isAll() ? "everything" : "nothing") : sets.toString();
    }
}
