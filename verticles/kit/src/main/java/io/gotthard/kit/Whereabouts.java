package io.gotthard.kit;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a server is: the addresses of its host. All of them are checked each time the name is looked up, and it is to one of these
 * very addresses that connections are made; so whoever changes what the name means can't lead us elsewhere. On one event loop.
 */
public final class Whereabouts {

    /** Finds the addresses of a name; may wait. */
    @FunctionalInterface
    public interface Names {
        /** All addresses of it; at least one. */
        List<InetAddress> lookUp(String host) throws UnknownHostException;
    }

    /** As this machine does. */
    public static final Names USUAL = host -> List.of(InetAddress.getAllByName(host));

    private static final Logger LOG = LoggerFactory.getLogger(Whereabouts.class);
    private static final long GOOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Vertx vertx;
    private final String server;
    private final String host;
    private final int port;
    private final AddressRule rule;
    private final Names names;
    private final boolean literal;
    private List<SocketAddress> found = List.of();
    private long foundAt;
    private int turn;
    /** The look-up that is under way, or null. */
    private Future<SocketAddress> looking;

    /**
     * That of a server; nothing is looked up yet.
     *
     * @param server what logs call it
     * @param host a name; or an address, of which is known that it may be connected to
     * @param rule which addresses may be connected to
     * @param names who knows the addresses of a name
     */
    public Whereabouts(Vertx vertx, String server, String host, int port, AddressRule rule, Names names) {
        this.vertx = vertx;
        this.server = server;
        // In an URL, an IPv6 address is in brackets.
        this.host = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        this.port = port;
        this.rule = rule;
        this.names = names;
        this.literal = isLiteral(this.host);
        if (literal) {
            found = List.of(SocketAddress.inetSocketAddress(port, this.host));
        }
    }

    /** Whether it is an address, and so was checked when the configuration was read. */
    private static boolean isLiteral(String host) {
        try {
            return InetAddress.ofLiteral(host) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Where to connect to; fails if the name has no address, or one that may not be connected to. */
    public Future<SocketAddress> find() {
        if (literal || (!found.isEmpty() && System.nanoTime() - foundAt < GOOD_NANOS)) {
            return Future.succeededFuture(current());
        }
        if (looking == null) {
            var look = vertx.executeBlocking(this::checked, false).transform(looked -> {
                looking = null;
                if (looked.succeeded()) {
                    turn = looked.result().equals(found) ? turn : 0;
                    found = looked.result();
                } else if (looked.cause() instanceof SecurityException) {
                    found = List.of();
                }
                foundAt = System.nanoTime();
                // Without an answer, it is where it was.
                return found.isEmpty()
                        ? Future.<SocketAddress>failedFuture(looked.cause())
                        : Future.succeededFuture(current());
            });
            // It may be over already, and then is nothing to wait for.
            looking = look.isComplete() ? null : look;
            return look;
        }
        return looking;
    }

    private SocketAddress current() {
        return found.get(turn % found.size());
    }

    /** Nobody is at the current address: try the next one. */
    public void unreachable() {
        turn++;
    }

    private List<SocketAddress> checked() throws UnknownHostException {
        var addresses = names.lookUp(host);
        for (var address : addresses) {
            if (!rule.allows(address)) {
                LOG.warn("The {} has an address that its networks do not allow", server);
                throw new SecurityException("An address that is not allowed");
            }
        }
        return addresses.stream()
                .map(address -> SocketAddress.inetSocketAddress(port, address.getHostAddress()))
                .toList();
    }
}
