package io.gotthard.kit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps a directory for one process. The kernel gives it back when that process ends, however it ends. */
public final class DirectoryLock implements AutoCloseable {
    /**
     * What this process holds. The kernel's locks are per process and are lost when <em>any</em> of its channels on the
     * file is closed, so a second attempt from within must be refused before it opens one.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes a directory, which must exist.
     *
     * @throws IOException if another process, which it names, or this one already has the directory
     */
    public static DirectoryLock of(Path directory) throws IOException {
        Path real = directory.toRealPath();
        if (!HELD.add(real)) {
            throw new IOException(directory + " is already in use by this process");
        }
        FileChannel channel = null;
        try {
            Path file = real.resolve("lock");
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                throw new IOException(directory + " is in use by another Gotthard, process "
                        + Files.readString(file).strip() + ": stop that one, or use another data directory");
            }
            byte[] process = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
            channel.truncate(0).write(ByteBuffer.wrap(process));
            return new DirectoryLock(real, channel);
        } catch (IOException e) {
            if (channel != null) {
                channel.close();
            }
            HELD.remove(real);
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            channel.close();
            HELD.remove(directory);
        }
    }
}
