package io.gotthard.metering;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where batches are kept while the database is away: a file, in their order. A batch is durable when {@link #append} returns. Each is
 * preceded by its length and its CRC-32, so that one that was not written to its end is known for that; nobody was told that it is
 * durable.
 */
final class Spool {

    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);
    private static final int HEAD = 8;
    private static final String FILE = "spool";

    private final Path folder;
    private final Path file;
    private final long limit;
    private final Sources sources;
    private FileChannel channel;
    private long end;
    private boolean damaged;

    /** How many bytes wait in the spools below the process's data folder, those of processes that are no more included. */
    static long waiting(Path data) {
        var folders = data.resolve("metering").toFile().listFiles();
        return folders == null
                ? 0
                : Arrays.stream(folders)
                        .mapToLong(folder -> new File(folder, FILE).length())
                        .sum();
    }

    /** @param limit how many bytes it may have */
    Spool(Path folder, long limit, Sources sources) {
        this.folder = folder;
        this.file = folder.resolve(FILE);
        this.limit = limit;
        this.sources = sources;
    }

    /**
     * Adds a batch. If that fails it is as if it had not been tried.
     *
     * @return where it is
     * @throws IOException if it is full, or the disk is
     */
    long append(Batch batch) throws IOException {
        var frame = frame(batch);
        if (end + frame.remaining() > limit) {
            throw new IOException("the spool is full");
        }
        if (channel == null) {
            channel = FileChannel.open(
                    file,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            Place.sync(folder);
        }
        long at = end;
        try {
            long position = at;
            while (frame.hasRemaining()) {
                position += channel.write(frame, position);
            }
            channel.force(false);
            end = position;
        } catch (IOException e) {
            // What remains of it would be overwritten by the next, or cut off as torn.
            channel.truncate(at);
            throw e;
        }
        return at;
    }

    private static ByteBuffer frame(Batch batch) {
        var payload = Frames.json(batch).toBuffer().getBytes();
        var frame = ByteBuffer.allocate(HEAD + payload.length);
        frame.putInt(payload.length).putInt(crc(payload)).put(payload);
        return frame.flip();
    }

    private static int crc(byte[] payload) {
        var crc = new CRC32();
        crc.update(payload);
        return (int) crc.getValue();
    }

    /** The batch that was added there. */
    Batch read(long at) throws IOException {
        int length = read(channel, at, HEAD).getInt();
        var frame = read(channel, at, HEAD + length);
        var payload = new byte[length];
        int crc = frame.position(4).getInt();
        frame.get(payload);
        if (crc != crc(payload)) {
            damaged = true;
            throw new IOException("the spool is damaged at byte " + at);
        }
        return Frames.batch(new JsonObject(Buffer.buffer(payload)), sources);
    }

    private static ByteBuffer read(FileChannel channel, long at, int length) throws IOException {
        if (length < 0 || at + length > channel.size()) {
            throw new EOFException();
        }
        var bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, at + bytes.position()) < 0) {
                throw new EOFException();
            }
        }
        return bytes.flip();
    }

    /** Whether a process before this one left something in it. */
    boolean isLeft() throws IOException {
        return channel == null && Files.exists(file) && Files.size(file) > 0;
    }

    /**
     * Opens what a process before this one left.
     *
     * @return where its batches are, in their order; what was not written to its end, or is damaged, is left out
     */
    List<Long> open() throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        var places = new ArrayList<Long>();
        long size = channel.size();
        long at = 0;
        while (at + HEAD <= size) {
            int length = read(channel, at, HEAD).getInt();
            if (length <= 0 || length > size - at - HEAD) {
                break;
            }
            if (isSound(at)) {
                places.add(at);
            } else {
                LOG.error("A batch of {} bytes in {} is damaged, and lost", length, file);
            }
            at += HEAD + length;
        }
        if (at < size) {
            LOG.warn("The last {} bytes of {} were not written to their end", size - at, file);
        }
        end = at;
        return places;
    }

    private boolean isSound(long at) throws IOException {
        try {
            read(at);
            return true;
        } catch (EOFException e) {
            throw e;
        } catch (IOException | RuntimeException damaged) {
            return false;
        }
    }

    /** What becomes of a batch. */
    interface Change {
        /** @return what is to be there instead; nothing, if that is empty */
        Batch of(Batch batch) throws IOException;
    }

    /**
     * Puts others in the place of all batches: all of them or, if it fails, none.
     *
     * @param places where the batches are
     * @return where the others are; -1 for one that is no more
     */
    List<Long> rewrite(List<Long> places, Change change) throws IOException {
        var fresh = folder.resolve("spool.new");
        var written = new ArrayList<Long>();
        long position = 0;
        var other = FileChannel.open(
                fresh,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            for (long at : places) {
                var batch = change.of(read(at));
                written.add(batch.isEmpty() ? -1 : position);
                var frame = batch.isEmpty() ? ByteBuffer.allocate(0) : frame(batch);
                while (frame.hasRemaining()) {
                    position += other.write(frame, position);
                }
            }
            other.force(true);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            Place.sync(folder);
        } catch (IOException e) {
            other.close();
            throw e;
        }
        close();
        channel = other;
        end = position;
        return written;
    }

    /** Keeps the file for people to look at, and begins another. */
    void setAside() throws IOException {
        close();
        Files.move(file, folder.resolve("spool.damaged"), StandardCopyOption.REPLACE_EXISTING);
        damaged = false;
        end = 0;
    }

    /** Removes it: everything in it is in the database, but for what is damaged. */
    void clear() throws IOException {
        if (damaged) {
            setAside();
        }
        close();
        Files.deleteIfExists(file);
        end = 0;
    }

    /** Leaves it for who comes next. */
    void close() throws IOException {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }
}
