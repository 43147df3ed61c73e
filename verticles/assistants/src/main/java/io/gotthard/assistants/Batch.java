package io.gotthard.assistants;

import io.gotthard.kit.Refusal;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongConsumer;

/** What is written in one transaction. */
final class Batch {

    /** Enough that it is no longer the commit that costs, and little enough that nobody waits for the others. */
    private static final int ENTRIES = 500;

    private static final int EVENTS = 2000;
    private static final long CHARS = 2 << 20;

    private static final int FENCED = -1;

    private final long number;
    private final List<Entry> rows = new ArrayList<>();
    private final Map<Long, Entry> lastOf = new HashMap<>();
    private final Set<String> ended = new HashSet<>();
    private int events;
    private long chars;

    Batch(long number) {
        this.number = number;
    }

    long number() {
        return number;
    }

    /** Takes an entry. @return false if it has to wait for the next batch */
    boolean add(Entry entry) {
        boolean full = rows.size() >= ENTRIES || events >= EVENTS || chars >= CHARS;
        // What is written behind the end of a run must find it ended.
        if (full || (entry.run() != null && ended.contains(entry.run()))) {
            return false;
        }
        chars += entry.chars();
        var last = lastOf.get(entry.appending().thread());
        if (last != null && last.add(entry)) {
            return true;
        }
        rows.add(entry);
        events += entry.events().size();
        lastOf.put(entry.appending().thread(), entry);
        if (entry.ends() != null) {
            ended.add(entry.ends());
        }
        return true;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /** The entries, but for those that became a part of another one. */
    List<Entry> entries() {
        return rows;
    }

    /** Whether one of them has waited too long. */
    boolean isLate(long now) {
        return rows.getFirst().isLate(now);
    }

    /** What {@code assistants.append} takes. */
    Tuple parameters(String writer) {
        var parameters = Tuple.of(writer, number)
                .addValue(column(new Long[rows.size()], row -> row.appending().thread()))
                .addValue(column(new String[rows.size()], Entry::run))
                .addValue(column(
                        new Long[rows.size()],
                        row -> row.appending().hold() == null
                                ? null
                                : row.appending().hold().lease()))
                .addValue(column(
                        new String[rows.size()],
                        row -> row.appending().becomes() == null
                                ? null
                                : row.appending().becomes().text()))
                .addValue(column(new Integer[rows.size()], row -> row.events().size()));
        var items = new Integer[events];
        var offsets = new Integer[events];
        var types = new String[events];
        var displays = new String[events];
        var runs = new String[events];
        var bodies = new String[events];
        int i = 0;
        for (int row = 0; row < rows.size(); row++) {
            int offset = 0;
            for (var event : rows.get(row).events()) {
                items[i] = row + 1;
                offsets[i] = offset++;
                types[i] = event.type();
                displays[i] = event.draft().display();
                runs[i] = event.draft().run();
                bodies[i++] = event.body();
            }
        }
        return parameters
                .addValue(items)
                .addValue(offsets)
                .addValue(types)
                .addValue(displays)
                .addValue(runs)
                .addValue(bodies);
    }

    private <C> C[] column(C[] values, Function<Entry, C> column) {
        for (int i = 0; i < values.length; i++) {
            values[i] = column.apply(rows.get(i));
        }
        return values;
    }

    /**
     * Tells everybody what became of it.
     *
     * @param firsts what {@code assistants.append} said
     * @param written is told of each thread's events, in order, before who wrote them
     * @param gone is told of threads that are gone
     */
    void tell(Long[] firsts, BiConsumer<Long, List<Logged>> written, LongConsumer gone) {
        var byThread = new HashMap<Long, List<Logged>>();
        var failures = new HashMap<Entry, RuntimeException>();
        for (int row = 0; row < firsts.length; row++) {
            var entry = rows.get(row);
            long thread = entry.appending().thread();
            long first = firsts[row];
            if (first > 0) {
                var placed = byThread.computeIfAbsent(thread, number -> new ArrayList<>());
                for (var event : entry.events()) {
                    event.placed(first++);
                    placed.add(event.placed());
                }
            } else if (first == FENCED) {
                failures.put(entry, new Fenced(entry.run()));
            } else {
                failures.put(entry, Refusal.notFound("thread"));
                gone.accept(thread);
            }
        }
        byThread.forEach(written);
        for (var entry : rows) {
            var failure = failures.get(entry);
            if (failure == null) {
                entry.succeed();
            } else {
                entry.fail(failure);
            }
        }
    }
}
