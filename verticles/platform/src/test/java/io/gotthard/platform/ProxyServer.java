package io.gotthard.platform;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/**
 * A proxy that speaks HTTP ({@code CONNECT}, and requests with whole URLs) and SOCKS 5, wants to know who asks, and takes every name
 * for this machine.
 */
final class ProxyServer implements AutoCloseable {

    static final String USER = "proxy-user";
    static final String PASSWORD = "proxy-canary";

    private static final Pattern CONNECT = Pattern.compile("CONNECT ([^:]+):(\\d+) .*");
    private static final Pattern ABSOLUTE = Pattern.compile("([A-Z]+) http://([^/:]+):(\\d+)(/\\S*) (.*)");

    private final ServerSocket server;
    private final List<String> asked = new CopyOnWriteArrayList<>();

    private ProxyServer() {
        try {
            server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    static ProxyServer start() {
        return new ProxyServer();
    }

    int port() {
        return server.getLocalPort();
    }

    /** The hosts it was asked to reach, each with how. */
    List<String> asked() {
        return asked;
    }

    private void accept() {
        try {
            while (true) {
                var socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void serve(Socket client) {
        try (client) {
            var in = new BufferedInputStream(client.getInputStream());
            in.mark(1);
            int first = in.read();
            in.reset();
            if (first == 5) {
                socks(client, new DataInputStream(in));
            } else {
                http(client, in);
            }
        } catch (IOException | UncheckedIOException gone) {
            // Either side went away.
        }
    }

    private void socks(Socket client, DataInputStream in) throws IOException {
        var out = client.getOutputStream();
        in.readByte();
        in.readNBytes(in.readUnsignedByte());
        out.write(new byte[] {5, 2});
        in.readByte();
        var user = text(in);
        var password = text(in);
        boolean known = user.equals(USER) && password.equals(PASSWORD);
        out.write(new byte[] {1, (byte) (known ? 0 : 1)});
        if (!known) {
            return;
        }
        in.readNBytes(3);
        var host = in.readByte() == 3
                ? text(in)
                : InetAddress.getByAddress(in.readNBytes(4)).getHostAddress();
        int port = in.readUnsignedShort();
        asked.add("socks " + host);
        try (var target = new Socket(InetAddress.getLoopbackAddress(), port)) {
            out.write(new byte[] {5, 0, 0, 1, 127, 0, 0, 1, 0, 0});
            join(in, client, target);
        }
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.UTF_8);
    }

    private void http(Socket client, BufferedInputStream in) throws IOException {
        var start = RawAnswer.line(in);
        var head = new StringBuilder();
        for (var line = RawAnswer.line(in); !line.isEmpty(); line = RawAnswer.line(in)) {
            head.append(line).append("\r\n");
        }
        var out = client.getOutputStream();
        var expected = Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
        if (!head.toString().contains("Basic " + expected)) {
            out.write("HTTP/1.1 407 X\r\ncontent-length: 0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            return;
        }
        var connect = CONNECT.matcher(start);
        var absolute = ABSOLUTE.matcher(start);
        if (connect.matches()) {
            asked.add("connect " + connect.group(1));
            try (var target = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(connect.group(2)))) {
                out.write("HTTP/1.1 200 X\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                join(in, client, target);
            }
        } else if (absolute.matches()) {
            asked.add("absolute " + absolute.group(2));
            try (var target = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(absolute.group(3)))) {
                var line = absolute.group(1) + " " + absolute.group(4) + " " + absolute.group(5) + "\r\n";
                target.getOutputStream().write((line + head + "\r\n").getBytes(StandardCharsets.UTF_8));
                join(in, client, target);
            }
        }
    }

    private static void join(InputStream in, Socket client, Socket target) throws IOException {
        Thread.ofVirtual().start(() -> copy(in, target));
        try (OutputStream out = client.getOutputStream()) {
            target.getInputStream().transferTo(out);
        }
    }

    private static void copy(InputStream in, Socket target) {
        try {
            in.transferTo(target.getOutputStream());
            target.shutdownOutput();
        } catch (IOException gone) {
            // Either side went away.
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
