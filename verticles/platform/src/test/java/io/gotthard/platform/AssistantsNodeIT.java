package io.gotthard.platform;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** OpenAI's SDK for Node in a conversation with an assistant: {@code src/test/clients/node/assistants.test.mjs}. */
class AssistantsNodeIT {

    private static final ClientSuite SUITE = OpenAiNodeIT.suite("assistants.test.mjs");

    @BeforeAll
    static void install() {
        SUITE.prepare();
    }

    @TestFactory
    List<DynamicTest> openai_node_talks_to_an_assistant() {
        try (var assistants = AssistantsPlatform.start()) {
            return SUITE.runAll(assistants.platform().url());
        }
    }
}
