package io.gotthard.metering;

import io.gotthard.kit.DirectoryLock;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A folder {@code metering/<n>} that this process has for itself, with a name that no other folder has. Nodes that had it before are dead,
 * for otherwise they would still have it.
 */
final class Place {

    private static final int MOST = 1000;
    private static final Pattern ID = Pattern.compile("[0-9a-f-]{36}");

    private final Path folder;
    private final String id;
    private final DirectoryLock lock;

    private Place(Path folder, String id, DirectoryLock lock) {
        this.folder = folder;
        this.id = id;
        this.lock = lock;
    }

    /**
     * Takes all that are free, because what the dead left there has to be cleared up, and a new one if none is.
     *
     * @param data the process's data folder
     */
    static List<Place> takeFree(Path data) throws IOException {
        var all = data.resolve("metering");
        Files.createDirectories(all);
        var places = new ArrayList<Place>();
        for (int n = 1; n <= MOST; n++) {
            var folder = all.resolve(Integer.toString(n));
            boolean exists = Files.isDirectory(folder);
            if (exists || places.isEmpty()) {
                Files.createDirectories(folder);
                take(folder, places);
            }
        }
        if (places.isEmpty()) {
            throw new IOException("there is no free place in " + all);
        }
        return places;
    }

    private static void take(Path folder, List<Place> places) throws IOException {
        DirectoryLock lock;
        try {
            lock = DirectoryLock.of(folder);
        } catch (IOException another) {
            return;
        }
        places.add(new Place(folder, id(folder), lock));
    }

    private static String id(Path folder) throws IOException {
        var file = folder.resolve("id");
        if (Files.exists(file)) {
            var id = Files.readString(file).strip();
            if (ID.matcher(id).matches()) {
                return id;
            }
        }
        var id = UUID.randomUUID().toString();
        var written = folder.resolve("id.new");
        Files.writeString(written, id + "\n");
        sync(written);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        sync(folder);
        return id;
    }

    /** Has the kernel write a file, or a folder's list of files, to the disk. */
    static void sync(Path path) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    Path folder() {
        return folder;
    }

    String id() {
        return id;
    }

    /** Leaves it to others. */
    Void release() throws IOException {
        lock.close();
        return null;
    }
}
