package io.gotthard.platform;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's programs, unpacked from the jar on the class path.
 *
 * @param directory holds {@code bin}, {@code lib} and {@code share}
 * @param version such as 18.6.0
 */
record PostgresBinaries(Path directory, String version) {
    private static final String UNPACKING = "unpacking-";

    /**
     * The programs for this machine, unpacked below {@code home} if they are not yet. Whatever a killed process left half
     * unpacked is removed. The caller holds the lock of {@code home}.
     */
    static PostgresBinaries unpack(Path home, Consumer<String> progress) throws IOException {
        String machine = machine();
        PostgresBinaries binaries = new PostgresBinaries(home.resolve(carried() + "-" + machine), carried());
        deleteAll(home, UNPACKING);
        if (Files.isDirectory(binaries.directory)) {
            return binaries;
        }
        String archive = "postgres-" + machine + ".txz";
        try (InputStream packed = PostgresBinaries.class.getResourceAsStream("/" + archive)) {
            if (packed == null) {
                throw new IOException("this build carries no PostgreSQL for this machine (" + archive + " is not on the"
                        + " class path): build it on such a machine, or use a PostgreSQL of your own");
            }
            progress.accept("unpacking PostgreSQL " + binaries.version);
            Path unpacking = Files.createTempDirectory(home, UNPACKING);
            try {
                unpack(packed, unpacking);
                mode(unpacking, 0755);
                flushAll(unpacking);
                Files.move(unpacking, binaries.directory, StandardCopyOption.ATOMIC_MOVE);
                flush(home);
            } catch (IOException e) {
                delete(unpacking);
                throw e;
            }
        }
        return binaries;
    }

    Path program(String name) {
        return directory.resolve("bin").resolve(name);
    }

    /** The first number of the version: a cluster can only be used by servers that share it. */
    String major() {
        return version.substring(0, version.indexOf('.'));
    }

    private static String carried() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = PostgresBinaries.class.getResourceAsStream("postgres.properties")) {
            properties.load(in);
        }
        return properties.getProperty("version");
    }

    /** This machine, as the archives are named. */
    private static String machine() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : "linux";
        String processor = System.getProperty("os.arch");
        return os + "-" + (processor.equals("aarch64") ? "arm_64" : "x86_64");
    }

    private static void unpack(InputStream packed, Path target) throws IOException {
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(packed, 1 << 16)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("the archive reaches out of its directory: " + entry.getName());
                } else if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    mode(path, 0755);
                } else if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.createDirectories(path.getParent());
                    Files.copy(tar, path);
                    mode(path, entry.getMode() & 0755);
                }
            }
        }
    }

    private static void mode(Path path, int mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(letters(mode)));
    }

    private static String letters(int mode) {
        StringBuilder letters = new StringBuilder();
        for (int bit = 8; bit >= 0; bit--) {
            letters.append((mode >> bit & 1) == 1 ? "rwxrwxrwx".charAt(8 - bit) : '-');
        }
        return letters.toString();
    }

    /**
     * Else the rename could survive a power failure and the contents not. It is much quicker for all files at the end than
     * for each in its turn.
     */
    private static void flushAll(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                if (!Files.isSymbolicLink(path)) {
                    flush(path);
                }
            }
        }
    }

    /** Writes a file, or a directory's entries, to the disk itself. */
    static void flush(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Deletes every entry of a directory whose name starts like that. */
    static void deleteAll(Path directory, String prefix) throws IOException {
        try (var entries = Files.newDirectoryStream(directory, prefix + "*")) {
            for (Path entry : entries) {
                delete(entry);
            }
        }
    }

    static void delete(Path tree) throws IOException {
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                // A dying initdb removes its own files, perhaps this very moment.
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
