package io.gotthard.platform;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** OpenAI's SDK for Python in a conversation with an assistant: {@code src/test/clients/python/test_assistants.py}. */
class AssistantsPythonIT {

    private static final ClientSuite SUITE = OpenAiPythonIT.suite("test_assistants.py");

    @BeforeAll
    static void install() {
        SUITE.prepare();
    }

    @TestFactory
    List<DynamicTest> openai_python_talks_to_an_assistant() {
        try (var assistants = AssistantsPlatform.start()) {
            return SUITE.runAll(assistants.platform().url());
        }
    }
}
