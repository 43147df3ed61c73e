package io.gotthard.platform;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Our own package for readers and agents in JavaScript, its examples, and its tests: {@code clients/typescript}. */
class TypeScriptClientIT {

    private static final ClientSuite SUITE = new ClientSuite(
            "typescript",
            HouseRules.repository(Path.of("")).resolve("clients/typescript"),
            "package-lock.json",
            List.of(List.of("npm", "ci", "--no-audit", "--no-fund")),
            List.of("npm", "run", "check"));

    @BeforeAll
    static void install() {
        SUITE.prepare();
    }

    @TestFactory
    List<DynamicTest> gotthard_client() {
        try (var platform = RunningPlatform.start()) {
            return SUITE.runAll(platform.url());
        }
    }
}
