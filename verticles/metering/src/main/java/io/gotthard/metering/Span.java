package io.gotthard.metering;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of the time that is asked for, and how long the times are whose sums add up to it.
 *
 * @param from its beginning, which is one of such a time
 * @param to its end, which is the beginning of the next
 */
record Span(Grain grain, OffsetDateTime from, OffsetDateTime to) {

    /**
     * The fewest sums that make up a time: of months within, days before and after them, and hours before and after those.
     *
     * @param from on a full hour
     * @param to on a full hour
     * @param coarsest no longer sums than these
     */
    static List<Span> cover(OffsetDateTime from, OffsetDateTime to, Grain coarsest) {
        var spans = new ArrayList<Span>();
        cover(from, to, coarsest, spans);
        return spans;
    }

    private static void cover(OffsetDateTime from, OffsetDateTime to, Grain grain, List<Span> spans) {
        if (!from.isBefore(to)) {
            return;
        }
        var first = grain.ceiling(from);
        var last = grain.floor(to);
        if (grain == Grain.HOUR) {
            spans.add(new Span(grain, from, to));
        } else if (first.isBefore(last)) {
            cover(from, first, grain.finer(), spans);
            spans.add(new Span(grain, first, last));
            cover(last, to, grain.finer(), spans);
        } else {
            cover(from, to, grain.finer(), spans);
        }
    }
}
