package io.gotthard.models;

import io.gotthard.models.Catalogue.Entry;
import io.gotthard.models.provider.Demo;
import io.gotthard.models.provider.DemoFaults;
import io.gotthard.models.provider.OpenAi;
import io.gotthard.models.provider.Provider;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Makes a {@link Catalogue} of the configuration, on the context of the verticle that asks: the connections belong to it. */
final class Routes {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final String STANDINGS = "gotthard.models.standings";
    private static final String OF_UPSTREAMS = "gotthard.models.standings.of";
    private static final Deadlines OF_FAULTS = new Deadlines(
            SECOND.multipliedBy(5),
            SECOND.multipliedBy(5),
            SECOND.multipliedBy(5),
            SECOND.multipliedBy(5),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1));

    /** The targets of an upstream. */
    private record Siblings(Collection<Standing> standings) implements Shareable {}

    private final Vertx vertx;
    private final RouteMetrics metrics;
    private final Map<String, Upstream> upstreams;
    private final Map<String, Provider> providers = new HashMap<>();
    private final Map<String, Route> routes = new LinkedHashMap<>();

    private Routes(Vertx vertx, RouteMetrics metrics, Map<String, Upstream> upstreams) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.upstreams = upstreams;
        upstreams.forEach((name, upstream) -> providers.put(name, OpenAi.of(vertx, upstream)));
    }

    /** All that is configured, or the built-in demo if that is no model. */
    static Catalogue catalogue(
            Vertx vertx,
            RouteMetrics metrics,
            Map<String, Upstream> upstreams,
            Map<String, Model> models,
            DemoSettings demo) {
        var made = new Routes(vertx, metrics, upstreams);
        if (demo.faults()) {
            made.providers.putIfAbsent(Demo.UPSTREAM, new DemoFaults(vertx));
        }
        var entries = models.isEmpty() ? made.demo() : made.entries(models);
        if (demo.faults()) {
            DemoFaults.NAMES.forEach(fault -> made.addFault(DemoFaults.PREFIX + fault, entries));
        }
        return new Catalogue(entries);
    }

    private void addFault(String name, Map<String, Entry> entries) {
        var target = new Model.Target(Demo.UPSTREAM, name);
        var usual = new Model(Kind.CHAT, List.of(target));
        // Once, and every time: so that the client sees it, and soon.
        var model =
                usual.asked(new Retries(1, Duration.ZERO, Duration.ZERO), new Breaker(0, SECOND, SECOND), OF_FAULTS);
        var faulty = target(target, new DemoFaults(vertx), Duration.ofDays(1), Long.MAX_VALUE);
        var route = new Route(name, name, model, List.of(faulty));
        entries.putIfAbsent(name, new Entry(Set.of(Kind.CHAT), List.of(route), List.of()));
    }

    private Map<String, Entry> entries(Map<String, Model> models) {
        models.forEach((name, model) -> routes.put(name, route(name, model)));
        var entries = new LinkedHashMap<String, Entry>();
        models.forEach((name, model) -> {
            var chain = new ArrayList<Route>();
            follow(name, chain);
            var entry = new Entry(
                    Set.of(model.kind()),
                    chain,
                    model.larger().stream().map(routes::get).toList());
            entries.put(name, entry);
            model.aliases().forEach(alias -> entries.put(alias, entry));
        });
        return entries;
    }

    /** Adds a model and all it falls back to, each once. */
    private void follow(String name, List<Route> chain) {
        var route = routes.get(name);
        if (!chain.contains(route)) {
            chain.add(route);
            route.model().fallbacks().forEach(next -> follow(next, chain));
        }
    }

    private Route route(String name, Model model) {
        var targets = model.targets().stream()
                .map(settings -> {
                    var provider = providers.get(settings.upstream());
                    var upstream = upstreams.get(settings.upstream());
                    return upstream == null
                            ? target(settings, provider, Duration.ofDays(1), Long.MAX_VALUE)
                            : target(
                                    settings,
                                    provider,
                                    upstream.idleTimeout(),
                                    upstream.answerLimit().bytes());
                })
                .toList();
        return new Route(name, name, model, targets);
    }

    private Target target(Model.Target settings, Provider provider, Duration idle, long mostHeld) {
        // Shared by all event loops: see Standing.
        // The demo has no key that all its targets share.
        var siblings = vertx.sharedData()
                .<String, Siblings>getLocalMap(OF_UPSTREAMS)
                .computeIfAbsent(
                        upstreams.containsKey(settings.upstream())
                                ? settings.upstream()
                                : settings.upstream() + "/" + settings.model(),
                        name -> new Siblings(new ConcurrentLinkedQueue<>()));
        var standing = vertx.sharedData()
                .<String, Standing>getLocalMap(STANDINGS)
                .computeIfAbsent(settings.upstream() + "/" + settings.model(), name -> {
                    var made = new Standing(siblings.standings());
                    metrics.register(name, made);
                    return made;
                });
        return new Target(settings, provider, idle, mostHeld, standing);
    }

    private Map<String, Entry> demo() {
        var demo = new Demo(vertx);
        var entries = new LinkedHashMap<String, Entry>();
        entries.put(Demo.CHAT_MODEL, demo(demo, Demo.CHAT_MODEL, Kind.CHAT, Set.of(Kind.CHAT, Kind.COMPLETION)));
        entries.put(Demo.EMBEDDING_MODEL, demo(demo, Demo.EMBEDDING_MODEL, Kind.EMBEDDING, Set.of(Kind.EMBEDDING)));
        return entries;
    }

    private Entry demo(Demo demo, String name, Kind kind, Set<Kind> kinds) {
        var settings = new Model.Target(Demo.UPSTREAM, name);
        var target = target(settings, demo, Duration.ofDays(1), Long.MAX_VALUE);
        var route = new Route(name, name, new Model(kind, List.of(settings)), List.of(target));
        return new Entry(kinds, List.of(route), List.of());
    }
}
