package io.gotthard.contracts;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Addresses with the same beginning, such as {@code 10.1.0.0/16}; a single address is one too. No name is ever looked up.
 *
 * @param text as it was written
 * @param address the bytes of an address in it, 4 or 16 of them
 * @param bits how many of its bits count
 */
public record Network(String text, List<Byte> address, int bits) {

    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final int IPV6_GROUPS = 8;

    /** Keeps the bytes from being changed. */
    public Network {
        address = List.copyOf(address);
    }

    /**
     * Reads an address, or an address, a slash and the number of bits that count.
     *
     * @throws IllegalArgumentException with the reason, if it is none
     */
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        var address = address(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException("'" + text + "' is no network such as 10.1.0.0/16 or 2001:db8::/32");
        }
        int most = address.size() * Byte.SIZE;
        int bits = slash < 0 ? most : bits(text.substring(slash + 1));
        if (bits < 0 || bits > most) {
            throw new IllegalArgumentException("'" + text + "' has no number from 0 to " + most + " behind its slash");
        }
        return new Network(text, address, bits);
    }

    private static int bits(String text) {
        return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    }

    /** Whether an address such as {@code 10.1.2.3} is in it; what is no address is in none. */
    public boolean contains(String candidate) {
        int zone = candidate.indexOf('%');
        var other = address(zone < 0 ? candidate : candidate.substring(0, zone));
        return other != null && startsLike(other);
    }

    /** Whether all addresses of the other are in it. */
    public boolean contains(Network other) {
        return other.bits >= bits && startsLike(other.address);
    }

    private boolean startsLike(List<Byte> other) {
        if (other.size() != address.size()) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> bit % Byte.SIZE;
            if (((address.get(bit / Byte.SIZE) ^ other.get(bit / Byte.SIZE)) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The bytes, or null if it is no address. An IPv4 address that is written as an IPv6 one is the IPv4 one. */
    private static List<Byte> address(String text) {
        var ipv4 = IPV4.matcher(text);
        if (ipv4.matches()) {
            var bytes = new Byte[4];
            for (int i = 0; i < 4; i++) {
                int value = Integer.parseInt(ipv4.group(i + 1));
                if (value > 255) {
                    return null;
                }
                bytes[i] = (byte) value;
            }
            return List.of(bytes);
        }
        if (text.regionMatches(true, 0, "::ffff:", 0, 7) && text.indexOf('.') > 0) {
            return address(text.substring(7));
        }
        return ipv6(text);
    }

    private static List<Byte> ipv6(String text) {
        int gap = text.indexOf("::");
        var head = groups(gap < 0 ? text : text.substring(0, gap));
        var tail = gap < 0 ? new String[0] : groups(text.substring(gap + 2));
        int given = head.length + tail.length;
        if (gap < 0 ? given != IPV6_GROUPS : given >= IPV6_GROUPS) {
            return null;
        }
        var bytes = new Byte[2 * IPV6_GROUPS];
        for (int i = 0; i < IPV6_GROUPS; i++) {
            int fromEnd = i - (IPV6_GROUPS - tail.length);
            var group = i < head.length ? head[i] : fromEnd >= 0 ? tail[fromEnd] : "0";
            if (!group.matches("[0-9a-fA-F]{1,4}")) {
                return null;
            }
            int value = Integer.parseInt(group, 16);
            bytes[2 * i] = (byte) (value >> Byte.SIZE);
            bytes[2 * i + 1] = (byte) value;
        }
        return List.of(bytes);
    }

    private static String[] groups(String text) {
        return text.isEmpty() ? new String[0] : text.split(":", -1);
    }
}
