package io.gotthard.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An authority of its own and certificates that it signed, made by the JDK's own tool.
 *
 * @param store the keys of all, in PKCS 12
 * @param ca the authority's certificate, in PEM
 */
record Certificates(Path store, Path ca) {

    static final String PASSWORD = "changeit";

    /** Good for this machine. */
    static final String GOOD = "good";

    /** Good for another machine. */
    static final String OF_ANOTHER_HOST = "another";

    /** Makes them in a folder. */
    static Certificates in(Path folder) {
        var store = folder.resolve("keys.p12");
        var ca = folder.resolve("ca.pem");
        keytool(store, "-genkeypair", "-alias", "ca", "-dname", "CN=Tests", "-ext", "bc:c", "-keyalg", "EC");
        for (var one : List.of(
                List.of(GOOD, "san=ip:127.0.0.1,dns:localhost"), List.of(OF_ANOTHER_HOST, "san=dns:other.example"))) {
            keytool(
                    store,
                    "-genkeypair",
                    "-alias",
                    one.getFirst(),
                    "-dname",
                    "CN=" + one.getFirst(),
                    "-signer",
                    "ca",
                    "-ext",
                    one.getLast(),
                    "-keyalg",
                    "EC");
        }
        keytool(store, "-exportcert", "-alias", "ca", "-rfc", "-file", ca.toString());
        return new Certificates(store, ca);
    }

    private static void keytool(Path store, String... arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD, "-storetype", "PKCS12"));
        try {
            var log = Files.createTempFile("keytool", ".log");
            var process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(Files.readString(log));
            }
            Files.delete(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
