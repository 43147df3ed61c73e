package io.gotthard.platform;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who runs a PostgreSQL program, and how it is started so that it ends with us.
 *
 * <p>PostgreSQL refuses to run as root, so root hands it to a user without privileges. Everybody else runs it as themselves.
 *
 * @param uid whose the files must be; nothing if they are ours already
 * @param prefix the command that starts the program
 * @param endsWithUs whether the kernel stops the program when the thread that started it is gone, however it went
 */
record PostgresAccount(Optional<Integer> uid, List<String> prefix, boolean endsWithUs) {
    /** Where to look for a user id that is nobody's. Below 65536, because containers often map no more than these. */
    private static final int FIRST_UNUSED = 55432;

    private static final int DAC_OVERRIDE = 1;
    private static final int DAC_READ_SEARCH = 2;

    /** Runs the server. As root: the owner of {@code cluster}, or, if there is none yet, a user id that nobody has. */
    static PostgresAccount server(Path home, Path cluster) throws IOException {
        if (!root()) {
            return ourselves();
        }
        int owner = Files.exists(cluster) ? (int) Files.getAttribute(cluster, "unix:uid") : 0;
        if (owner == 0) {
            Set<Integer> used =
                    accounts().map(account -> Integer.valueOf(account[2])).collect(Collectors.toSet());
            owner = FIRST_UNUSED;
            while (used.contains(owner)) {
                owner++;
            }
        }
        return unprivileged(owner, home);
    }

    /** Runs initdb, which, other than the server, insists on a user id with a name: as root that of {@code nobody}. */
    static PostgresAccount initdb(Path home) throws IOException {
        if (!root()) {
            return ourselves();
        }
        int nobody = accounts()
                .filter(account -> account[0].equals("nobody"))
                .map(account -> Integer.valueOf(account[2]))
                .findFirst()
                .orElseThrow(() -> new IOException("PostgreSQL cannot be initialised as root, and there is no account"
                        + " 'nobody' to do it with: start as a normal user"));
        return unprivileged(nobody, home);
    }

    /** Gives a file or a whole tree to this account. */
    void own(Path tree) throws IOException {
        if (uid.isPresent()) {
            give(tree, uid.get());
        }
    }

    static void give(Path tree, int uid) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(path, "unix:gid", uid, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    private static PostgresAccount ourselves() {
        boolean setpriv = installed("setpriv");
        List<String> prefix = new ArrayList<>(ownSession());
        if (setpriv) {
            prefix.addAll(List.of("setpriv", "--pdeathsig", "INT", "--"));
        }
        return new PostgresAccount(Optional.empty(), prefix, setpriv);
    }

    private static PostgresAccount unprivileged(int uid, Path home) throws IOException {
        if (!installed("setpriv")) {
            throw new IOException("PostgreSQL cannot run as root, and there is no setpriv (util-linux) to start it as"
                    + " somebody else: start as a normal user");
        }
        List<String> prefix = new ArrayList<>(ownSession());
        String id = String.valueOf(uid);
        prefix.addAll(List.of("setpriv", "--reuid", id, "--regid", id, "--clear-groups", "--pdeathsig", "INT"));
        Optional<Path> closed = closed(home);
        if (closed.isPresent()) {
            // Below a folder that only root may enter, such as /root, the program is left one privilege of root's: to
            // pass folders whatever their permissions say. no_setuid_fixup makes access(2) see that, too.
            String capability = searchCapability()
                    .orElseThrow(() -> new IOException("PostgreSQL cannot run as root, and nobody else can reach "
                            + home + ": open " + closed.get() + " (chmod o+x), or use a data directory elsewhere"));
            prefix.addAll(List.of("--inh-caps", capability, "--ambient-caps", capability));
            prefix.addAll(List.of("--securebits", "+no_setuid_fixup"));
        }
        prefix.add("--");
        return new PostgresAccount(Optional.of(uid), prefix, true);
    }

    /** In a session of its own, Ctrl-C in our terminal does not stop the database before we are done with it. */
    private static List<String> ownSession() {
        return installed("setsid") ? List.of("setsid") : List.of();
    }

    /** The first folder on the way that only its owner may enter. */
    private static Optional<Path> closed(Path home) throws IOException {
        Path path = home.toRealPath();
        for (int i = 0; i <= path.getNameCount(); i++) {
            Path folder = i == 0 ? path.getRoot() : path.getRoot().resolve(path.subpath(0, i));
            if (!Files.getPosixFilePermissions(folder).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return Optional.of(folder);
            }
        }
        return Optional.empty();
    }

    /** The weaker of the two privileges that will do, of those this machine or container has left us. */
    private static Optional<String> searchCapability() throws IOException {
        long bounding = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("CapBnd:"))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                .findFirst()
                .orElse(0);
        if ((bounding >> DAC_READ_SEARCH & 1) == 1) {
            return Optional.of("+dac_read_search");
        }
        return (bounding >> DAC_OVERRIDE & 1) == 1 ? Optional.of("+dac_override") : Optional.empty();
    }

    private static boolean root() throws IOException {
        Path self = Path.of("/proc/self");
        return Files.exists(self)
                ? (int) Files.getAttribute(self, "unix:uid") == 0
                : System.getProperty("user.name").equals("root");
    }

    private static Stream<String[]> accounts() throws IOException {
        return Files.readAllLines(Path.of("/etc/passwd"), StandardCharsets.ISO_8859_1).stream()
                .map(line -> line.split(":", -1))
                .filter(fields -> fields.length > 2 && fields[2].matches("\\d{1,9}"));
    }

    private static boolean installed(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
