package io.gotthard.platform;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** OpenAI's SDK for Node, and Anthropic's, unmodified: {@code src/test/clients/node}. */
class OpenAiNodeIT {

    private static final ClientSuite SUITE = suite(
            "answers.test.mjs",
            "tools.test.mjs",
            "failures.test.mjs",
            "media.test.mjs",
            "messages.test.mjs",
            "external.test.mjs");

    /** These tests of the folder. */
    static ClientSuite suite(String... tests) {
        var run = Stream.of(
                "node",
                "--test",
                "--test-timeout=60000",
                "--test-reporter=junit",
                "--test-reporter-destination=report.xml");
        return new ClientSuite(
                "node",
                "package-lock.json",
                List.of(List.of("npm", "ci", "--no-audit", "--no-fund")),
                Stream.concat(run, Stream.of(tests)).toList());
    }

    @BeforeAll
    static void install() {
        SUITE.prepare();
    }

    @TestFactory
    List<DynamicTest> openai_node() {
        return SUITE.runAll();
    }
}
