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
}
