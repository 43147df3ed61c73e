package io.gotthard.metering;

import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** How long the times are that usage is summed up for, in UTC. */
enum Grain {
    HOUR,
    DAY,
    MONTH;

    /** As in SQL, and in the names of tables and columns. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The next shorter one. */
    Grain finer() {
        return this == MONTH ? DAY : HOUR;
    }

    /** The latest beginning of such a time that is not after a moment. */
    OffsetDateTime floor(OffsetDateTime moment) {
        return switch (this) {
            case HOUR -> moment.truncatedTo(ChronoUnit.HOURS);
            case DAY -> moment.truncatedTo(ChronoUnit.DAYS);
            case MONTH -> moment.withDayOfMonth(1).truncatedTo(ChronoUnit.DAYS);
        };
    }

    /** The earliest beginning of such a time that is not before a moment. */
    OffsetDateTime ceiling(OffsetDateTime moment) {
        var floor = floor(moment);
        return floor.isEqual(moment) ? floor : unit().addTo(floor, 1);
    }

    /** How many of them it takes to cover a time. */
    long between(OffsetDateTime from, OffsetDateTime to) {
        return unit().between(floor(from), ceiling(to));
    }

    private ChronoUnit unit() {
        return switch (this) {
            case HOUR -> ChronoUnit.HOURS;
            case DAY -> ChronoUnit.DAYS;
            case MONTH -> ChronoUnit.MONTHS;
        };
    }
}
