/**
 * Measures parts of the metering verticle that only its own package sees: {@code bench/limits} runs
 * {@link io.gotthard.metering.LimitsBench}.
 */
package io.gotthard.metering;
