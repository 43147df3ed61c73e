package io.gotthard.models;

import io.gotthard.models.provider.Found;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * What the models of this process are, and how that is changed while they are being asked: on all event loops or on none. Requests that
 * are under way end as they began, with the models and the connections of the configuration that they began with.
 *
 * <p>Safe to be used from any thread.
 */
public final class ModelsInUse {

    private final MeterRegistry registry;
    private final Standings standings;
    private final List<ModelsVerticle> verticles = new CopyOnWriteArrayList<>();
    private volatile Setup setup;
    /** The change that is under way, or was the last. */
    private Future<Boolean> last = Future.succeededFuture(false);

    /**
     * Models that nobody asks yet.
     *
     * @param registry gets the metrics of upstreams
     * @throws IllegalArgumentException if a file that they name can't be read
     */
    public ModelsInUse(ModelsSettings settings, MeterRegistry registry) {
        this.registry = registry;
        this.standings = new Standings(registry);
        this.setup = Setup.of(settings, Map.of());
    }

    /** What is configured now. */
    public ModelsSettings settings() {
        return setup.settings();
    }

    /**
     * Changes the models. Everything that can go wrong is done before anything is changed.
     *
     * @param meanwhile done when all is ready, and before anything is changed; if it fails, nothing is
     * @return whether anything had to be changed; fails, and nothing has, if the settings can't be used
     */
    public Future<Boolean> change(ModelsSettings settings, Supplier<Future<Void>> meanwhile) {
        return change(now -> now.with(settings), meanwhile);
    }

    /** Adds what an upstream said it has, if that is news and the upstream is still what was asked. */
    Future<Boolean> found(String name, Upstream asked, List<Found> models) {
        return change(
                now -> {
                    boolean asks = asked.equals(now.settings().upstreams().get(name));
                    return !asks || models.equals(now.found().get(name)) ? now : now.with(name, models);
                },
                Future::succeededFuture);
    }

    private synchronized Future<Boolean> change(UnaryOperator<Setup> changed, Supplier<Future<Void>> meanwhile) {
        last = last.transform(before -> changeNow(changed, meanwhile));
        return last;
    }

    private Future<Boolean> changeNow(UnaryOperator<Setup> changed, Supplier<Future<Void>> meanwhile) {
        Setup next;
        try {
            next = changed.apply(setup);
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(e);
        }
        if (next.equals(setup)) {
            return Future.succeededFuture(false);
        }
        var asking = List.copyOf(verticles);
        var made = asking.stream().map(verticle -> verticle.make(next)).toList();
        return Future.join(made)
                .compose(all -> meanwhile.get())
                .compose(
                        done -> {
                            setup = next;
                            made.stream()
                                    .findFirst()
                                    .ifPresent(one -> one.result().keep(standings));
                            return Future.join(IntStream.range(0, asking.size())
                                            .mapToObj(i -> asking.get(i)
                                                    .use(made.get(i).result()))
                                            .toList())
                                    .map(true);
                        },
                        cause -> {
                            for (int i = 0; i < asking.size(); i++) {
                                var verticle = asking.get(i);
                                made.get(i).onSuccess(verticle::drop);
                            }
                            return Future.failedFuture(cause);
                        });
    }

    /** The verticle asks models from now on. */
    void add(ModelsVerticle verticle) {
        verticles.add(verticle);
    }

    void remove(ModelsVerticle verticle) {
        verticles.remove(verticle);
    }

    /** Whether it is this one's business to do what is done once for all. */
    boolean isFirst(ModelsVerticle verticle) {
        return !verticles.isEmpty() && verticles.getFirst() == verticle;
    }

    Setup setup() {
        return setup;
    }

    Standings standings() {
        return standings;
    }

    MeterRegistry registry() {
        return registry;
    }
}
