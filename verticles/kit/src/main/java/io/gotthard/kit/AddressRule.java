package io.gotthard.kit;

import io.gotthard.contracts.Network;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which addresses may be connected to. {@code public} is what is reached from everywhere, {@code private} what is in one's own networks and on
 * this machine. Neither has the addresses at which clouds tell machines their secrets, nor those that are no single machine's: such
 * ones have to be named themselves.
 */
public final class AddressRule {

    private static final String PUBLIC = "public";
    private static final String PRIVATE = "private";

    /** What comes after these is an IPv4 address, and so it counts. */
    private static final List<Network> CARRIES_IPV4 = networks("64:ff9b::/96", "::/96");

    private static final Network SIX_TO_FOUR = Network.parse("2002::/16");

    /** Link-local ones with the metadata of most clouds, those of the others, no address, everybody, and what is not in use. */
    private static final List<Network> SPECIAL = networks(
            "0.0.0.0/8",
            "169.254.0.0/16",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::",
            "fe80::/10",
            "fd00:ec2::254",
            "fd20:ce::254",
            "ff00::/8",
            "100::/64",
            "2001::/32");

    private static final List<Network> INNER = networks(
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "172.16.0.0/12",
            "192.0.2.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "::1",
            "2001:db8::/32",
            "fc00::/7",
            "fec0::/10");

    private final boolean outer;
    private final boolean inner;
    private final List<Network> named;

    private AddressRule(boolean outer, boolean inner, List<Network> named) {
        this.outer = outer;
        this.inner = inner;
        this.named = named;
    }

    private static List<Network> networks(String... texts) {
        return Stream.of(texts).map(Network::parse).toList();
    }

    /**
     * That of a list of {@code public}, {@code private} and networks.
     *
     * @throws IllegalArgumentException if there is something else in it, or nothing
     */
    public static AddressRule of(List<String> texts) {
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("networks must have public, private or a network such as 10.1.0.0/16");
        }
        var named = new ArrayList<Network>();
        for (var text : texts) {
            if (!PUBLIC.equals(text) && !PRIVATE.equals(text)) {
                named.add(Network.parse(text));
            }
        }
        return new AddressRule(texts.contains(PUBLIC), texts.contains(PRIVATE), named);
    }

    /** Whether it may be connected to. */
    public boolean allows(InetAddress address) {
        var counted = meant(address);
        var text = counted.getHostAddress();
        if (isIn(named, text)) {
            return true;
        }
        if (isIn(SPECIAL, text)) {
            return false;
        }
        return isIn(INNER, text) ? inner : outer;
    }

    private static boolean isIn(List<Network> networks, String address) {
        for (var network : networks) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** The IPv4 address that an IPv6 one is another way to. */
    private static InetAddress meant(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        var bytes = address.getAddress();
        var text = address.getHostAddress();
        try {
            if (SIX_TO_FOUR.contains(text)) {
                return InetAddress.getByAddress(Arrays.copyOfRange(bytes, 2, 6));
            }
            boolean carries = isIn(CARRIES_IPV4, text) && !address.isLoopbackAddress() && !address.isAnyLocalAddress();
            return carries ? InetAddress.getByAddress(Arrays.copyOfRange(bytes, 12, 16)) : address;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("Four bytes are an address", e);
        }
    }
}
