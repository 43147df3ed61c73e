package io.gotthard.platform;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/**
 * Tests in another language, run by that language's own runner, and reported one by one as if they were Java's.
 *
 * <p>The folder with the sources is copied to {@code target/clients/<language>}; what it needs is
 * installed there once, and again when the lock file changed. Where the language or its registry is absent the tests are
 * skipped; but with {@code CI=true} that is a failure.
 *
 * @param language what it is called, and the copy's folder
 * @param sources the folder; what was built or installed in it is not copied
 * @param lock the file in it which pins what is needed
 * @param install the commands that install it
 * @param run the command that runs the tests and writes {@code report.xml} in JUnit's format; it is given
 *     {@code GOTTHARD_URL}, {@code GOTTHARD_KEY}, {@code UPSTREAM_URL}, and the {@code PINGING_URL} of a platform that
 *     keeps silent streams alive every 100 ms, and in the SwissAI dialect answers with {@code tools} instead of {@code hello}
 */
record ClientSuite(String language, Path sources, String lock, List<List<String>> install, List<String> run) {

    private static final int PATIENCE_MINUTES = 5;
    private static final Set<String> BUILT = Set.of("node_modules", "dist", "venv", "__pycache__", "target");
    private static final String REPORT = "report.xml";

    /** Those of {@code src/test/clients/<language>}. */
    ClientSuite(String language, String lock, List<List<String>> install, List<String> run) {
        this(language, Path.of("src", "test", "clients", language), lock, install, run);
    }

    /** Starts the platforms, runs all tests of the suite against them, and tells their results. */
    List<DynamicTest> runAll() {
        try (var platform = RunningPlatform.start();
                var pinging = RunningPlatform.start("http: {ping: 100ms}\nexternal: {model: tools}")) {
            return runAll(Map.of(
                    "GOTTHARD_URL", platform.url().toString(),
                    "GOTTHARD_KEY", RunningPlatform.KEY,
                    "UPSTREAM_URL", platform.upstream().origin(),
                    "PINGING_URL", pinging.url().toString()));
        }
    }

    /** Runs all tests of the suite against a platform that is there already, and tells their results. */
    List<DynamicTest> runAll(URI platform) {
        return runAll(Map.of("GOTTHARD_URL", platform.toString(), "GOTTHARD_KEY", RunningPlatform.KEY));
    }

    private List<DynamicTest> runAll(Map<String, String> environment) {
        try {
            Files.deleteIfExists(home().resolve(REPORT));
            var ended = execute(run, environment);
            if (!Files.exists(home().resolve(REPORT))) {
                return fail(language + " ran no tests:\n" + ended.output());
            }
            var tests = read(home().resolve(REPORT));
            var failed = tests.stream().filter(test -> test.failure() != null).count();
            if (tests.isEmpty() || (ended.code() != 0 && failed == 0)) {
                return fail(language + " ended with " + ended.code() + ":\n" + ended.output());
            }
            if (failed > 0) {
                System.out.println(ended.output());
            }
            return tests.stream().map(Result::asTest).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Installs what the tests need, unless that is already there; to be called before anything else. */
    void prepare() {
        try {
            copySources();
            execute(List.of(install.getFirst().getFirst(), "--version"), Map.of());
            var wanted = Files.readString(home().resolve(lock));
            var installed = home().resolve("installed.lock");
            if (Files.exists(installed) && Files.readString(installed).equals(wanted)) {
                return;
            }
            for (var command : install) {
                var ended = execute(command, Map.of());
                if (ended.code() != 0) {
                    giveUp(String.join(" ", command) + " ended with " + ended.code() + ":\n" + ended.output());
                }
            }
            Files.writeString(installed, wanted);
        } catch (IOException e) {
            giveUp(e.getMessage());
        }
    }

    private void giveUp(String reason) {
        var message = "The tests of the " + language + " client do not run here: " + reason;
        if ("true".equals(System.getenv("CI"))) {
            fail(message);
        }
        System.err.println("SKIPPED: " + message);
        Assumptions.abort(message);
    }

    /** Where it is installed and run. */
    Path home() {
        return Path.of("target", "clients", language);
    }

    private void copySources() throws IOException {
        Files.createDirectories(home());
        try (var files = Files.walk(sources)) {
            for (var file :
                    files.filter(Files::isRegularFile).filter(this::isSource).toList()) {
                var copy = home().resolve(sources.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private boolean isSource(Path file) {
        for (var folder : sources.relativize(file)) {
            if (BUILT.contains(folder.toString())) {
                return false;
            }
        }
        return true;
    }

    private Ended execute(List<String> command, Map<String, String> environment) throws IOException {
        var output = home().resolve("output.txt");
        var builder = new ProcessBuilder(command)
                .directory(home().toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        var process = builder.start();
        try {
            if (process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
                return new Ended(process.exitValue(), Files.readString(output));
            }
            return new Ended(-1, Files.readString(output) + "\nStopped after " + PATIENCE_MINUTES + " minutes.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Ended(-1, "interrupted");
        } finally {
            Stream.concat(process.descendants(), Stream.of(process.toHandle())).forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static List<Result> read(Path report) throws IOException {
        try {
            var document = DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .parse(report.toFile());
            var cases = document.getElementsByTagName("testcase");
            var results = new ArrayList<Result>();
            for (var i = 0; i < cases.getLength(); i++) {
                var one = (Element) cases.item(i);
                var failure = text(one, "failure") == null ? text(one, "error") : text(one, "failure");
                results.add(new Result(one.getAttribute("name"), failure, text(one, "skipped")));
            }
            return results;
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException("The runner's report can't be read", e);
        }
    }

    private static String text(Element test, String tag) {
        var found = test.getElementsByTagName(tag);
        return found.getLength() == 0
                ? null
                : ((Element) found.item(0)).getAttribute("message") + "\n"
                        + found.item(0).getTextContent();
    }

    private record Ended(int code, String output) {}

    private record Result(String name, String failure, String skipped) {

        DynamicTest asTest() {
            return DynamicTest.dynamicTest(name, () -> {
                if (failure != null) {
                    fail(failure);
                }
                Assumptions.assumeTrue(skipped == null, skipped);
            });
        }
    }
}
