/**
 * What at least three verticles need. Nothing in here knows what a model, a key or a price is.
 *
 * <ul>
 *   <li>{@link io.gotthard.kit.Settings} makes records of the one YAML file, and says exactly what is wrong with it.
 *   <li>{@link io.gotthard.kit.Database} is PostgreSQL, with a schema and numbered migrations for each verticle.
 *   <li>{@link io.gotthard.kit.Transaction} is one REST operation over it, with {@link io.gotthard.kit.Fields} of its body and
 *       {@link io.gotthard.kit.Page}s of lists.
 *   <li>{@link io.gotthard.kit.SseReader} reads streams of server-sent events.
 * </ul>
 */
package io.gotthard.kit;
