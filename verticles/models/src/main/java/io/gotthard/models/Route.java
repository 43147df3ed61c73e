package io.gotthard.models;

import io.gotthard.models.Model.Strategy;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntToDoubleFunction;

/**
 * The ways to one model: its targets, and which of them is asked next.
 *
 * @param name the model's public name
 * @param configured the name in the configuration; another one only where that ends with {@code *}
 * @param model what the configuration says of it
 * @param targets in the order of the configuration
 */
record Route(String name, String configured, Model model, List<Target> targets) {

    /** For requests that no target is to be kept for. */
    static final long ANY = 0;

    /** The model's name at one of the upstreams. */
    String upstreamModel(Target target) {
        var given = target.settings().model();
        return isWildcard() ? given.replace("*", name.substring(configured.length() - 1)) : given;
    }

    /** Whether a client chose the end of its name. */
    boolean isWildcard() {
        return configured.endsWith("*");
    }

    /** The same for a name that the wildcard stands for. */
    Route as(String asked) {
        return new Route(asked, configured, model, targets);
    }

    /**
     * Says which target is to be asked next: one that is good, or else one that may be asked at least; the lowest priority first; and
     * among equals as the strategy says.
     *
     * @param tried those that are out of the question
     * @param sticky stands for the user or the conversation, or is {@link #ANY}
     * @return its index, or -1 if there is none
     */
    int next(long now, boolean[] tried, long sticky, boolean streaming) {
        if (targets.size() == 1) {
            return tried[0] || !targets.getFirst().standing().isUsable(now) ? -1 : 0;
        }
        int preferred = next(now, tried, sticky, streaming, true);
        return preferred >= 0 ? preferred : next(now, tried, sticky, streaming, false);
    }

    private int next(long now, boolean[] tried, long sticky, boolean streaming, boolean good) {
        var equals = new int[targets.size()];
        int count = 0;
        int priority = Integer.MAX_VALUE;
        for (int i = 0; i < equals.length; i++) {
            var target = targets.get(i);
            int of = target.settings().priority();
            if (of > priority || tried[i]) {
                continue;
            }
            var standing = target.standing();
            if (good ? standing.isPreferred(now) : standing.isUsable(now)) {
                count = of < priority ? 0 : count;
                priority = of;
                equals[count++] = i;
            }
        }
        return count <= 1 ? count == 0 ? -1 : equals[0] : choose(now, equals, count, sticky, streaming);
    }

    private int choose(long now, int[] equals, int count, long sticky, boolean streaming) {
        var random = ThreadLocalRandom.current();
        if (sticky != ANY && model.strategy() != Strategy.PRIORITY) {
            return least(equals, count, i -> -Math.log(share(sticky, i)) / weight(i));
        }
        return switch (model.strategy()) {
            case PRIORITY -> equals[0];
            // The smallest of these is drawn in proportion to the weights.
            case WEIGHTED -> least(equals, count, i -> -Math.log(1 - random.nextDouble()) / weight(i));
            case LEAST_BUSY ->
                least(equals, count, i -> (targets.get(i).standing().busy() + random.nextDouble()) / weight(i));
            case CHEAPEST -> least(equals, count, i -> targets.get(i).price());
            case LEAST_LATENCY -> {
                int one = random.nextInt(count);
                int other = (one + 1 + random.nextInt(count - 1)) % count;
                // Whoever is not known yet is asked, and whoever has many requests open will be slower.
                var two = new int[] {equals[one], equals[other]};
                yield least(two, 2, i -> {
                    var standing = targets.get(i).standing();
                    return standing.latency(streaming, now) * (standing.busy() + 1);
                });
            }
        };
    }

    private int weight(int index) {
        return targets.get(index).settings().weight();
    }

    private static int least(int[] indexes, int count, IntToDoubleFunction value) {
        int best = indexes[0];
        double least = value.applyAsDouble(best);
        for (int i = 1; i < count; i++) {
            double of = value.applyAsDouble(indexes[i]);
            if (of < least) {
                least = of;
                best = indexes[i];
            }
        }
        return best;
    }

    /** From 0 to 1, and always the same for the same two: so a target that goes away or comes takes only its share with it. */
    private double share(long sticky, int index) {
        var target = targets.get(index).settings();
        long mixed =
                sticky + (target.upstream().hashCode() * 31L + target.model().hashCode()) * 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return ((mixed ^ mixed >>> 31) >>> 11) * 0x1.0p-53 + 0x1.0p-54;
    }
}
