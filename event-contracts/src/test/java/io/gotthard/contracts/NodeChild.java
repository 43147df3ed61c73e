package io.gotthard.contracts;

import static io.gotthard.contracts.Conversations.body;

import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;

/** A node in a JVM of its own, so that it can be killed. It serves {@value #ADDRESS} with a stream that never ends. */
final class NodeChild implements AutoCloseable {

    static final String ADDRESS = "test.child";

    private final Process process;

    private NodeChild(Process process) {
        this.process = process;
    }

    /** The child: joins the node of its argument, serves, and ends with whoever started it. */
    public static void main(String[] arguments) throws IOException {
        var verticle = Conversations.on(Node.start(arguments[0]).vertx(), Patience.USUAL);
        verticle.run(bus -> bus.serve(ADDRESS, (call, stream) -> {
                    stream.write(body("begun"));
                    return Future.succeededFuture(Answer.events());
                }))
                .join();
        while (System.in.read() >= 0) {
            // Only the end of the input matters.
        }
        Runtime.getRuntime().halt(0);
    }

    /** Starts a child that joins a node, which takes some seconds; what it says is in a file of the build's folder. */
    static NodeChild start(String other) throws IOException {
        return new NodeChild(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx192m",
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.net.preferIPv4Stack=true",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        NodeChild.class.getName(),
                        other)
                .redirectErrorStream(true)
                .redirectOutput(Path.of("target", "node-child.log").toFile())
                .start());
    }

    /** SIGKILL: nothing is said to anybody. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
