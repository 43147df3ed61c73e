package io.gotthard.models;

import io.gotthard.kit.Default;

/**
 * What the configuration says of the built-in demo.
 *
 * @param faults whether there are the models {@code fault/…}, which fail in the ways upstreams do, for tests of clients; and whether
 *     targets may name the upstream {@code demo}
 */
public record DemoSettings(@Default("false") boolean faults) {}
