package io.gotthard.models.provider;

import io.gotthard.models.Kind;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * A model that an upstream said it has.
 *
 * @param name its name there
 * @param kinds what it can be asked for, as far as that is known: what it can't do, the upstream says
 */
public record Found(String name, Set<Kind> kinds) {

    /** What a model may be able to do of which only the name is known. */
    static final Set<Kind> ANY = Collections.unmodifiableSet(EnumSet.allOf(Kind.class));
}
