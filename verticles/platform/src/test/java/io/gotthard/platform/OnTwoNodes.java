package io.gotthard.platform;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What tests of accounts stand on: two nodes with one database, started anew for each class, and their administrator. */
class OnTwoNodes {

    @TempDir
    private static Path temp;

    static TwoNodes nodes;
    static Hub admin;

    @BeforeAll
    static void start() throws Exception {
        nodes = TwoNodes.start(temp);
        admin = nodes.admin();
    }

    @AfterAll
    static void stop() {
        nodes.close();
    }
}
