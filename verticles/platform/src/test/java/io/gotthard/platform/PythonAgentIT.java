package io.gotthard.platform;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Our own package for agents in Python, its examples, and its tests: {@code clients/python}. */
class PythonAgentIT {

    private static final ClientSuite SUITE = new ClientSuite(
            "python-agents",
            HouseRules.repository(Path.of("")).resolve("clients/python"),
            "requirements.txt",
            List.of(
                    List.of("python3", "-m", "venv", "--clear", "venv"),
                    List.of("venv/bin/python", "-m", "pip", "install", "--quiet", "-r", "requirements.txt")),
            List.of("venv/bin/python", "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=report.xml", "tests"));

    @BeforeAll
    static void install() {
        SUITE.prepare();
    }

    @TestFactory
    List<DynamicTest> gotthard_agents() {
        try (var platform = RunningPlatform.start()) {
            return SUITE.runAll(platform.url());
        }
    }
}
