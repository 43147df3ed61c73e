package io.gotthard.platform;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** OpenAI's SDK for Node, and Anthropic's, unmodified: {@code src/test/clients/node}. */
class OpenAiNodeIT {

    private static final ClientSuite SUITE = new ClientSuite(
            "node",
            "package-lock.json",
            List.of(List.of("npm", "ci", "--no-audit", "--no-fund")),
            List.of(
                    "node",
                    "--test",
                    "--test-timeout=60000",
                    "--test-reporter=junit",
                    "--test-reporter-destination=report.xml",
                    "answers.test.mjs",
                    "tools.test.mjs",
                    "failures.test.mjs",
                    "media.test.mjs",
                    "messages.test.mjs",
                    "external.test.mjs"));

    @BeforeAll
    static void install() {
        SUITE.prepare();
    }

    @TestFactory
    List<DynamicTest> openai_node() {
        return SUITE.runAll();
    }
}
