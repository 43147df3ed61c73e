package io.gotthard.models;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.stream.Collectors;

/** The files with certificates that the configuration names. They are read when it is, so that a changed one is a changed upstream. */
final class Authorities {

    private Authorities() {}

    /**
     * The certificates in a file, in PEM and nothing else.
     *
     * @throws IllegalArgumentException if there are none
     */
    static String read(String file) {
        try {
            var bytes = Files.readAllBytes(Path.of(file));
            var found = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes));
            if (found.isEmpty()) {
                throw new IllegalArgumentException("ca '" + file + "' has no certificate");
            }
            var encoder = Base64.getMimeEncoder(64, new byte[] {'\n'});
            return found.stream()
                    .map(certificate -> {
                        try {
                            return "-----BEGIN CERTIFICATE-----\n" + encoder.encodeToString(certificate.getEncoded())
                                    + "\n-----END CERTIFICATE-----\n";
                        } catch (CertificateException e) {
                            throw new UncheckedIOException(new IOException(e));
                        }
                    })
                    .collect(Collectors.joining());
        } catch (IOException | UncheckedIOException | CertificateException e) {
            throw new IllegalArgumentException("ca '" + file + "' can't be read: " + e.getMessage(), e);
        }
    }
}
