/**
 * The two programs {@code bench/run} needs besides wrk and nginx: {@link io.gotthard.bench.MockUpstream}, a model that
 * costs next to nothing and talks at the pace of a real one, and {@link io.gotthard.bench.OpenStreams}, a client that
 * holds thousands of streams open. Neither knows Gotthard: both speak the OpenAI protocol to whatever is at the port.
 * {@link io.gotthard.bench.PermissionsBench} needs neither: it measures one class with JMH.
 */
package io.gotthard.bench;
