package io.gotthard.platform;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** OpenAI's SDK for Python, and Anthropic's, unmodified: {@code src/test/clients/python}. */
class OpenAiPythonIT {

    private static final ClientSuite SUITE = suite("--ignore=test_assistants.py");

    /** The tests of the folder that this selects. */
    static ClientSuite suite(String selection) {
        return new ClientSuite(
                "python",
                "requirements.txt",
                List.of(
                        List.of("python3", "-m", "venv", "--clear", "venv"),
                        List.of("venv/bin/python", "-m", "pip", "install", "--quiet", "-r", "requirements.txt")),
                List.of(
                        "venv/bin/python",
                        "-m",
                        "pytest",
                        "-p",
                        "no:cacheprovider",
                        "--junitxml=report.xml",
                        selection));
    }

    @BeforeAll
    static void install() {
        SUITE.prepare();
    }

    @TestFactory
    List<DynamicTest> openai_python() {
        return SUITE.runAll();
    }
}
