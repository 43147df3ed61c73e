package io.gotthard.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A way to a server that can be cut and mended: while it is cut, all its connections are closed, and new ones at once. It can also be
 * frozen: then nothing is closed, and nothing gets through until it is mended.
 */
public final class Detour implements AutoCloseable {

    private volatile int target;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;
    private volatile boolean frozen;
    private volatile boolean mute;
    private final AtomicReference<byte[]> lost = new AtomicReference<>();

    private Detour(int target) {
        this.target = target;
        try {
            server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public static Detour to(int port) {
        return new Detour(port);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Leads new connections to another server. */
    public void turnTo(int port) {
        target = port;
    }

    public void cut() {
        cut = true;
        sockets.forEach(Detour::close);
        sockets.clear();
    }

    public void freeze() {
        frozen = true;
    }

    /** From now on the server hears everything, but its answers are lost. */
    public void mute() {
        mute = true;
    }

    /**
     * Of the next connection on which these words go to the server, one more answer arrives, which is the one to them, and no other one.
     * So of what is prepared with these words it is never known whether it was done.
     */
    public void loseAfter(String words) {
        lost.set(words.getBytes(StandardCharsets.UTF_8));
    }

    /** Closes all connections, and lets new ones through. */
    public void drop() {
        var dropped = List.copyOf(sockets);
        mend();
        dropped.forEach(Detour::close);
        dropped.forEach(sockets::remove);
    }

    public synchronized void mend() {
        mute = false;
        cut = false;
        frozen = false;
        notifyAll();
    }

    private void accept() {
        try {
            while (true) {
                connect(server.accept());
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void connect(Socket from) {
        try {
            var to = new Socket(InetAddress.getLoopbackAddress(), target);
            sockets.add(from);
            sockets.add(to);
            if (cut) {
                close(from);
                close(to);
            } else {
                var answers = new AtomicInteger(Integer.MAX_VALUE);
                Thread.ofVirtual()
                        .start(() -> carry(from, to, (bytes, length) -> {
                            var words = lost.get();
                            if (words != null && contains(bytes, length, words) && lost.compareAndSet(words, null)) {
                                answers.set(1);
                            }
                            return true;
                        }));
                Thread.ofVirtual()
                        .start(() -> carry(
                                to,
                                from,
                                (bytes, length) -> !mute && answers.getAndUpdate(left -> Math.max(0, left - 1)) > 0));
            }
        } catch (IOException e) {
            close(from);
        }
    }

    private static boolean contains(byte[] bytes, int length, byte[] words) {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1)
                .contains(new String(words, StandardCharsets.ISO_8859_1));
    }

    /** Whether what was said is handed on. */
    @FunctionalInterface
    private interface Gate {
        boolean passes(byte[] said, int length);
    }

    private void carry(Socket from, Socket to, Gate gate) {
        var buffer = new byte[16 * 1024];
        try {
            for (int length = from.getInputStream().read(buffer);
                    length >= 0;
                    length = from.getInputStream().read(buffer)) {
                awaitThaw();
                if (gate.passes(buffer, length)) {
                    to.getOutputStream().write(buffer, 0, length);
                }
            }
        } catch (IOException broken) {
            // Either side is gone.
        }
        close(from);
        close(to);
    }

    private synchronized void awaitThaw() throws IOException {
        try {
            while (frozen) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
        mend();
    }
}
