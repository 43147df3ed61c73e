package io.gotthard.platform;

import io.gotthard.kit.SettingsException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Starts the platform from the environment, says what it does, and stops when asked to. */
public final class Main {

    /** Set where the process that started us is to take us with it, as when Maven runs us. */
    private static final String FOLLOW_PARENT = "gotthard.follow.parent";

    private static final PrintStream OUT = System.out;

    private Main() {}

    /**
     * Starts the platform; see {@code README.md} for the environment. With the arguments {@code import} and a file, prints what of a
     * configuration of LiteLLM becomes one of ours instead, and tells on standard error what does not.
     */
    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            if (arguments.length != 2 || !"import".equals(arguments[0])) {
                fail("Expected nothing, or: import <config.yaml of LiteLLM>");
            }
            translate(Path.of(arguments[1]));
            return;
        }
        long began = System.nanoTime();
        if (Boolean.getBoolean(FOLLOW_PARENT)) {
            ProcessHandle.current().parent().ifPresent(Main::follow);
        }
        try {
            var gotthard = Gotthard.start(System.getenv(), step -> OUT.println("  " + step));
            Runtime.getRuntime().addShutdownHook(new Thread(gotthard::close, "shutdown"));
            greet(gotthard, Duration.ofNanos(System.nanoTime() - began));
        } catch (SettingsException e) {
            fail("The configuration can't be used:\n" + e.getMessage());
        } catch (IOException | RuntimeException e) {
            fail("Gotthard can't start: " + e.getMessage());
        }
    }

    private static void translate(Path file) {
        try {
            var imported = LiteLlm.read(file.toString(), Files.readString(file), System.getenv()::get, true);
            OUT.print(imported.yaml());
            imported.notes().forEach(System.err::println);
        } catch (SettingsException e) {
            fail(e.getMessage());
        } catch (IOException e) {
            fail(file + " can't be read: " + e.getMessage());
        }
    }

    private static void follow(ProcessHandle parent) {
        var _ = parent.onExit().thenRun(() -> System.exit(0));
    }

    private static void fail(String message) {
        System.err.println(message);
        System.exit(1);
    }

    private static void greet(Gotthard gotthard, Duration took) {
        var key = gotthard.firstKey();
        OUT.printf("""

            Gotthard is ready after %.1f s.
              OpenAI API   %s/v1
              Documents    %2$s/docs
              Health       %2$s/readyz, %2$s/metrics

            """, took.toMillis() / 1000.0, gotthard.url());
        if (key == null) {
            OUT.println("The administrator's key is the one of the first start, or GOTTHARD_ADMIN_KEY. Try it:");
        } else {
            OUT.println("The administrator's key, shown this once:\n  " + key + "\nTry it:");
        }
        OUT.printf("""
              curl %s/v1/chat/completions \\
                -H "Authorization: Bearer %s" -H "Content-Type: application/json" \\
                -d '{"model": "%s", "messages": [{"role": "user", "content": "Hello"}]}'

            """, gotthard.url(), key == null ? "$GOTTHARD_ADMIN_KEY" : key, gotthard.someChatModel());
    }
}
