package io.gotthard.assistants;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;

/** What models call functions: OpenAI's rule is up to 64 letters, digits, underscores and hyphens. */
final class FunctionNames {

    private static final int LONGEST = 64;

    private FunctionNames() {}

    /** A valid name that is like this one; the same for the same. */
    static String valid(String name) {
        var valid = name.replaceAll("[^a-zA-Z0-9_-]+", "_").replaceAll("^_+|_+$", "");
        if (valid.isEmpty()) {
            return "tool_" + sum(name);
        }
        return valid.length() <= LONGEST ? valid : valid.substring(0, LONGEST - 9) + "_" + sum(name);
    }

    /**
     * Distinct names for what several sources offer, in the same order. One that several have, or that is taken, gets its source's
     * in front, whichever of them is first: so it does not depend on which of them happen to be there which one it means.
     */
    static List<String> distinct(List<Offer> offers, Set<String> taken) {
        Map<String, Integer> counts = new HashMap<>();
        for (var offer : offers) {
            counts.merge(valid(offer.original()), 1, Integer::sum);
        }
        var used = new HashSet<>(taken);
        var names = new ArrayList<String>();
        for (var offer : offers) {
            var name = valid(offer.original());
            if (counts.get(name) > 1 || taken.contains(name)) {
                name = valid(offer.source() + "_" + offer.original());
            }
            for (int i = 2; !used.add(name); i++) {
                name = valid(offer.source() + "_" + i + "_" + offer.original());
            }
            names.add(name);
        }
        return names;
    }

    private static String sum(String text) {
        var sum = new CRC32();
        sum.update(text.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", sum.getValue());
    }
}
