/**
 * What at least three verticles need and none of them owns.
 *
 * <ul>
 *   <li>{@link io.gotthard.kit.Settings} turns the one YAML file into records, and says exactly what is wrong with it.
 *   <li>{@link io.gotthard.kit.Database} is the PostgreSQL pool, with one schema and one migration history per verticle.
 * </ul>
 */
package io.gotthard.kit;
