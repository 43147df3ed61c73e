package io.gotthard.platform;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** AG-UI's own client in conversations with assistants: {@code src/test/clients/ag-ui}. */
class AgUiIT {

    private static final ClientSuite SUITE = new ClientSuite(
            "ag-ui",
            "package-lock.json",
            List.of(List.of("npm", "ci", "--no-audit", "--no-fund")),
            List.of(
                    "node",
                    "--test",
                    "--test-timeout=120000",
                    "--test-reporter=junit",
                    "--test-reporter-destination=report.xml",
                    "conversation.test.mjs"));

    private static final String ASSISTANTS = """
          plain: {model: mind}
          careful:
            model: mind
            tools:
              - {type: openapi, name: passes, url: "$tools/openapi.json", approval: all}
              - {type: human}
        """;

    @BeforeAll
    static void install() {
        SUITE.prepare();
    }

    @TestFactory
    List<DynamicTest> ag_ui() {
        try (var assistants = AssistantsPlatform.start("http: {ping: 100ms}\n", ASSISTANTS)) {
            return SUITE.runAll(assistants.platform().url());
        }
    }
}
