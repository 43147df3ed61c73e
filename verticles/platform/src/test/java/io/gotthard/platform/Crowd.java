package io.gotthard.platform;

import io.gotthard.platform.Customer.Seen;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Customers who ask one request after the other, each of a model by chance, until they are told to stop or nobody answers. */
final class Crowd {

    /** Of so many streams one is left before its end. */
    private static final int LEAVES = 6;

    private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> surprises = new ConcurrentLinkedQueue<>();
    private final List<Thread> customers = new ArrayList<>();
    private volatile boolean stopped;

    private Crowd() {}

    /**
     * Lets them begin.
     *
     * @param size how many they are
     * @param url whom they ask
     * @param keys with which keys: the first with the first, and so on in turn
     * @param models what they ask
     * @param seed what chance is made of
     */
    static Crowd start(int size, URI url, List<String> keys, List<String> models, long seed) {
        var crowd = new Crowd();
        for (int i = 0; i < size; i++) {
            var chance = new Random(seed + i);
            var key = keys.get(i % keys.size());
            crowd.customers.add(Thread.ofVirtual().start(() -> crowd.ask(url, key, models, chance)));
        }
        return crowd;
    }

    private void ask(URI url, String key, List<String> models, Random chance) {
        try (var customer = Customer.of(url, key)) {
            while (!stopped) {
                var model = models.get(chance.nextInt(models.size()));
                var leaves = model.contains("stream") && chance.nextInt(LEAVES) == 0;
                var one = leaves ? customer.leave(model, "word") : customer.ask(model);
                seen.add(one);
                if (one.status() == 0) {
                    return;
                }
            }
        } catch (UncheckedIOException gone) {
            // Nobody answers any more.
        } catch (RuntimeException | Error e) {
            surprises.add(e);
        }
    }

    /** What they saw so far. */
    Collection<Seen> seen() {
        return seen;
    }

    /** How many answers they got so far. */
    long answered() {
        return seen.stream().filter(Seen::answered).count();
    }

    /** Lets them finish what they are at, and says what they saw. */
    List<Seen> stop() {
        stopped = true;
        return join();
    }

    /** Waits until nobody answers them any more, and says what they saw. */
    List<Seen> join() {
        for (var customer : customers) {
            try {
                customer.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        if (!surprises.isEmpty()) {
            throw new AssertionError("A customer saw what can't be", surprises.peek());
        }
        return List.copyOf(seen);
    }
}
