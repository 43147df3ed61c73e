package io.gotthard.models;

import io.gotthard.contracts.Meter;
import io.gotthard.models.Catalogue.Entry;
import io.gotthard.models.provider.Demo;
import io.gotthard.models.provider.DemoFaults;
import io.gotthard.models.provider.Found;
import io.gotthard.models.provider.Provider;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Makes a {@link Generation} of the configuration, on the context of the verticle that asks: the connections belong to it. */
final class Routes {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Deadlines OF_FAULTS = new Deadlines(
            SECOND.multipliedBy(5),
            SECOND.multipliedBy(5),
            SECOND.multipliedBy(5),
            SECOND.multipliedBy(5),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1));

    private final Vertx vertx;
    private final Meter meter;
    private final Standings standings;
    private final Setup setup;
    private final ModelsSettings settings;
    private final Map<String, Connection> connections = new LinkedHashMap<>();
    private final Map<String, Provider> providers = new HashMap<>();
    private final Map<String, Route> routes = new LinkedHashMap<>();
    private final Set<Standings.Key> keys = new HashSet<>();
    private final Use use;
    private Set<Standings.Key> configured = Set.of();

    private Routes(Vertx vertx, Meter meter, Standings standings, Setup setup) {
        this.vertx = vertx;
        this.meter = meter;
        this.standings = standings;
        this.setup = setup;
        this.settings = setup.settings();
        var held = connections.values();
        this.use = new Use(() -> held.forEach(Connection::released));
    }

    /**
     * All that is configured or was found, or the built-in demo if that is no model.
     *
     * @param meter knows what they cost
     * @param before what there was before, from which what stays the same is taken; null if this is the first one
     */
    static Generation generation(Vertx vertx, Meter meter, Standings standings, Setup setup, Generation before) {
        var made = new Routes(vertx, meter, standings, setup);
        try {
            var entries = made.entries(before);
            return new Generation(
                    new Catalogue(entries),
                    Map.copyOf(made.connections),
                    Set.copyOf(made.keys),
                    made.configured,
                    made.use);
        } catch (RuntimeException e) {
            made.use.replaced();
            throw e;
        }
    }

    private Map<String, Entry> entries(Generation before) {
        var upstreams = settings.upstreams();
        upstreams.forEach((name, upstream) -> connect(name, upstream, before));
        if (settings.demo().faults()) {
            providers.putIfAbsent(Demo.UPSTREAM, new DemoFaults(vertx));
        }
        boolean none =
                settings.models().isEmpty() && upstreams.values().stream().noneMatch(Upstream::discover);
        var entries = none ? demo() : configured(settings.models());
        if (settings.demo().faults()) {
            DemoFaults.NAMES.forEach(fault -> addFault(DemoFaults.PREFIX + fault, entries));
        }
        configured = Set.copyOf(keys);
        new Discovered(setup, this::found).addTo(entries);
        return entries;
    }

    private void connect(String name, Upstream upstream, Generation before) {
        var authorities = setup.authorities().get(name);
        var known = before == null ? null : before.connections().get(name);
        var connection = known != null && known.is(upstream, authorities)
                ? known
                : new Connection(vertx, name, upstream, authorities);
        connections.put(name, connection.held());
        providers.put(name, connection.provider());
    }

    private void addFault(String name, Map<String, Entry> entries) {
        var target = new Model.Target(Demo.UPSTREAM, name);
        var usual = new Model(Kind.CHAT, List.of(target));
        // Once, and every time: so that the client sees it, and soon.
        var model =
                usual.asked(new Retries(1, Duration.ZERO, Duration.ZERO), new Breaker(0, SECOND, SECOND), OF_FAULTS);
        var faulty = target(target, new DemoFaults(vertx));
        var route = new Route(name, name, model, List.of(faulty), meter);
        entries.putIfAbsent(name, new Entry(Set.of(Kind.CHAT), List.of(route), List.of(), use));
    }

    private Map<String, Entry> configured(Map<String, Model> models) {
        models.forEach((name, model) -> routes.put(name, route(name, model)));
        var entries = new LinkedHashMap<String, Entry>();
        models.forEach((name, model) -> {
            var chain = new ArrayList<Route>();
            follow(name, chain);
            var larger = model.larger().stream().map(routes::get).toList();
            var entry = new Entry(model.kind().asked(), chain, larger, use);
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
                .map(target -> target(target, providers.get(target.upstream())))
                .toList();
        return new Route(name, name, model, targets, meter);
    }

    /** A model that an upstream said it has, and that nobody configured. */
    private Entry found(String name, String upstream, Found found) {
        var kind = found.kinds().contains(Kind.CHAT)
                ? Kind.CHAT
                : found.kinds().iterator().next();
        var model = new Model(kind, List.of(new Model.Target(upstream, found.name())));
        return new Entry(found.kinds(), List.of(route(name, model)), List.of(), use);
    }

    private Target target(Model.Target target, Provider provider) {
        var upstream = settings.upstreams().get(target.upstream());
        var key = new Standings.Key(target.upstream(), upstream, target.model());
        keys.add(key);
        // Shared by all event loops: see Standing.
        var standing = standings.of(key);
        return upstream == null
                ? new Target(target, Objects.requireNonNull(provider), DAY, Long.MAX_VALUE, standing)
                : new Target(
                        target,
                        provider,
                        upstream.idleTimeout(),
                        upstream.answerLimit().bytes(),
                        standing);
    }

    private Map<String, Entry> demo() {
        var demo = new Demo(vertx);
        var entries = new LinkedHashMap<String, Entry>();
        entries.put(Demo.CHAT_MODEL, demo(demo, Demo.CHAT_MODEL, Kind.CHAT));
        entries.put(Demo.EMBEDDING_MODEL, demo(demo, Demo.EMBEDDING_MODEL, Kind.EMBEDDING));
        entries.put(Demo.IMAGE_MODEL, demo(demo, Demo.IMAGE_MODEL, Kind.IMAGE));
        entries.put(Demo.SPEECH_MODEL, demo(demo, Demo.SPEECH_MODEL, Kind.SPEECH));
        entries.put(Demo.TRANSCRIPTION_MODEL, demo(demo, Demo.TRANSCRIPTION_MODEL, Kind.TRANSCRIPTION));
        entries.put(Demo.MODERATION_MODEL, demo(demo, Demo.MODERATION_MODEL, Kind.MODERATION));
        return entries;
    }

    private Entry demo(Demo demo, String name, Kind kind) {
        var kinds = kind.asked();
        if (kind == Kind.CHAT) {
            kinds.add(Kind.COMPLETION);
        }
        var demoTarget = new Model.Target(Demo.UPSTREAM, name);
        var model = new Model(kind, List.of(demoTarget));
        var route = new Route(name, name, model, List.of(target(demoTarget, demo)), meter);
        return new Entry(kinds, List.of(route), List.of(), use);
    }
}
