package io.gotthard.metering;

/** What is written at once. */
final class Batch {}
