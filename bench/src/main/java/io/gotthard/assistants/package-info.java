/**
 * Measures the log of events, which only its own package sees: {@code bench/log} runs {@link io.gotthard.assistants.LogBench}.
 */
package io.gotthard.assistants;
