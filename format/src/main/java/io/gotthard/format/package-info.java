/**
 * The house's formatter, run by Maven on JDK 25 in the {@code verify} phase: palantir-java-format for Java, and plain
 * whitespace rules for every other text file. It is a build tool and no part of the running platform.
 */
package io.gotthard.format;
