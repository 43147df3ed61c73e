/**
 * What requests may cost, and what they did cost. {@link io.gotthard.metering.Metering} decides on a request before it goes to its
 * upstream and is told afterwards what became of it; the journal makes both durable, and every admitted request ends in exactly one
 * charge. The design and what a crash does to it at each step: {@code docs/decisions/0006-metering.md}.
 */
package io.gotthard.metering;
