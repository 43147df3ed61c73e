package io.gotthard.metering;

import io.vertx.sqlclient.Tuple;
import io.vertx.sqlclient.internal.ArrayTuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The sums of charges that are written, but not in balances and usage yet. */
final class Tally {

    private static final long HOUR_MICROS = 3_600_000_000L;
    private static final int PARAMETERS = 19;

    /** What is charged for a source in an hour. */
    private static final class Sums {
        private final int hour;
        private final int source;
        private final int payer;
        private long requests;
        private long failed;
        private long prompt;
        private long completion;
        private long cached;
        private long reasoning;
        private long images;
        private long audioMillis;
        private long characters;
        private long amount;
        private long writtenOff;
        private long durationMillis;

        private Sums(int hour, Source source) {
            this.hour = hour;
            this.source = source.id();
            this.payer = source.payer();
        }

        private void add(Charge charge) {
            requests++;
            failed += charge.end() == Charge.End.SETTLED ? 0 : 1;
            prompt += charge.prompt();
            completion += charge.completion();
            cached += charge.cached();
            reasoning += charge.reasoning();
            if (charge.media() != null) {
                images += charge.media().images();
                audioMillis += charge.media().audioMillis();
                characters += charge.media().characters();
            }
            amount = Math.addExact(amount, charge.amount());
            writtenOff = Math.addExact(writtenOff, charge.writtenOff());
            durationMillis += charge.durationMillis();
        }
    }

    private final Map<Long, Sums> sums = new HashMap<>();
    private final List<Long> done = new ArrayList<>();
    private long batch;

    /** A first one. */
    Tally() {}

    /** The one after another. */
    Tally(Tally before) {
        before.done.stream().filter(number -> number >= before.batch).forEach(done::add);
    }

    /** Adds a batch that was written. */
    void add(long number, List<Charge> charges) {
        batch = number;
        for (var charge : charges) {
            int hour = (int) Math.floorDiv(charge.reservation().startedMicros(), HOUR_MICROS);
            long key = ((long) hour << 32) | charge.source().id();
            var sum = sums.get(key);
            if (sum == null) {
                sum = new Sums(hour, charge.source());
                sums.put(key, sum);
            }
            sum.add(charge);
        }
    }

    /** A batch of which nothing is open. The last one that was written is kept, to say how far the node got. */
    void done(long number) {
        done.add(number);
    }

    boolean isEmpty() {
        return batch == 0;
    }

    /** What {@code metering.fold} takes. */
    Tuple parameters(long node) {
        Map<Integer, Long> payers = new HashMap<>();
        var hours = new ArrayList<>(sums.values());
        hours.forEach(sum -> payers.merge(sum.payer, sum.amount, Math::addExact));
        var parameters = new ArrayTuple(PARAMETERS);
        parameters.addLong(node);
        parameters.addLong(batch);
        new Rows<>(new ArrayList<>(payers.entrySet()), parameters)
                .ints(Map.Entry::getKey)
                .longs(Map.Entry::getValue);
        new Rows<>(hours, parameters)
                .ints(sum -> sum.hour)
                .ints(sum -> sum.source)
                .longs(sum -> sum.requests)
                .longs(sum -> sum.failed)
                .longs(sum -> sum.prompt)
                .longs(sum -> sum.completion)
                .longs(sum -> sum.cached)
                .longs(sum -> sum.reasoning)
                .longs(sum -> sum.images)
                .longs(sum -> sum.audioMillis)
                .longs(sum -> sum.characters)
                .longs(sum -> sum.amount)
                .longs(sum -> sum.writtenOff)
                .longs(sum -> sum.durationMillis);
        parameters.addValue(done.stream().filter(number -> number < batch).toArray(Long[]::new));
        return parameters;
    }
}
