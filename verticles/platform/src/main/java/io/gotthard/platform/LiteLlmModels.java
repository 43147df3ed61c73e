package io.gotthard.platform;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Makes our models of LiteLLM's deployments, and of what its router does with them. */
final class LiteLlmModels {

    private static final Set<String> ROUTER = Set.of(
            "routing_strategy",
            "num_retries",
            "retry_after",
            "timeout",
            "stream_timeout",
            "allowed_fails",
            "cooldown_time",
            "fallbacks",
            "context_window_fallbacks",
            "default_fallbacks",
            "model_group_alias");

    private static final Set<String> SETTINGS = Set.of(
            "drop_params",
            "num_retries",
            "request_timeout",
            "allowed_fails",
            "fallbacks",
            "context_window_fallbacks",
            "default_fallbacks");

    private static final String TARGETS = "targets";
    private static final String PRICE = "price";
    private static final String KIND = "kind";
    private static final String FALLBACKS = "fallbacks";
    private static final int MOST_ATTEMPTS = 20;
    private static final long LONGEST_COOLDOWN = 3_600_000;

    private final LiteLlmReport report;
    private final Said router;
    private final Said settings;
    private final Map<String, Map<String, Object>> models = new LinkedHashMap<>();
    /** The models by all their names. */
    private final Map<String, String> names = new LinkedHashMap<>();

    LiteLlmModels(LiteLlmReport report, Said router, Said settings) {
        this.report = report;
        this.router = router;
        this.settings = settings;
    }

    /**
     * All models, by their names.
     *
     * @param upstreams gives each deployment's upstream its name
     */
    Map<String, Map<String, Object>> translate(
            List<LiteLlmDeployment> deployments, Function<LiteLlmDeployment, String> upstreams) {
        report.others(router, ROUTER);
        report.others(settings, SETTINGS);
        deployments.forEach(deployment -> add(deployment, upstreams.apply(deployment)));
        models.keySet().forEach(name -> names.put(name, name));
        var strategy = strategy();
        models.values().forEach(model -> manners(model, strategy));
        aliases();
        for (var section : List.of(router, settings)) {
            others(section.get("context_window_fallbacks"), "larger");
            others(section.get(FALLBACKS), FALLBACKS);
            defaults(section.get("default_fallbacks"));
        }
        return models;
    }

    @SuppressWarnings("unchecked")
    private static <T> List<T> list(Map<String, Object> model, String key) {
        return (List<T>) model.computeIfAbsent(key, made -> new ArrayList<T>());
    }

    private void add(LiteLlmDeployment deployment, String upstream) {
        var model = models.computeIfAbsent(deployment.model(), name -> new LinkedHashMap<>());
        if (!deployment.kind().equals(model.getOrDefault(KIND, deployment.kind()))) {
            report.note(deployment.place(), "left out: the same model is of another kind above");
            return;
        }
        model.put(KIND, deployment.kind());
        var target = new LinkedHashMap<String, Object>();
        target.put("upstream", upstream);
        target.putAll(deployment.target());
        if (!deployment.price().isEmpty()) {
            // A map of its own: what is there twice would be written as a reference.
            target.put(PRICE, new LinkedHashMap<>(deployment.price()));
            price(model, deployment);
        }
        list(model, TARGETS).add(target);
        for (var limit : List.of("rpm", "tpm")) {
            var said = deployment.place().get("litellm_params").get(limit);
            if (said.there()) {
                report.note(said, "a share of the requests, and no limit; POST /api/v1/limits sets limits");
            }
        }
        deployment.deadlines().forEach((name, time) -> {
            var before = deadlines(model).put(name, time);
            if (before != null && !before.equals(time)) {
                report.note(deployment.place(), "times are those of the model: the last of its deployments says them");
            }
        });
    }

    private void price(Map<String, Object> model, LiteLlmDeployment deployment) {
        var before = model.putIfAbsent(PRICE, deployment.price());
        if (before != null && !before.equals(deployment.price())) {
            report.note(deployment.place(), "what clients pay is the price of the first deployment of a model");
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> deadlines(Map<String, Object> model) {
        return (Map<String, Object>) model.computeIfAbsent("deadlines", made -> new LinkedHashMap<String, Object>());
    }

    private String strategy() {
        var said = router.get("routing_strategy");
        return switch (said.text()) {
            case null -> "weighted";
            case "simple-shuffle" -> "weighted";
            case "least-busy" -> "least-busy";
            case "latency-based-routing" -> "least-latency";
            case "cost-based-routing" -> "cheapest";
            case "usage-based-routing", "usage-based-routing-v2" -> {
                report.note(said, "the deployment with the fewest open requests is asked");
                yield "least-busy";
            }
            default -> {
                report.note(said, "not understood: deployments are asked in proportion to their weights");
                yield "weighted";
            }
        };
    }

    private void manners(Map<String, Object> model, String strategy) {
        if (list(model, TARGETS).size() > 1) {
            model.put("strategy", strategy);
        }
        var times = new LinkedHashMap<String, Object>();
        LiteLlmDeployment.putSeconds("attempt", settings.get("request_timeout"), times, report);
        LiteLlmDeployment.putSeconds("attempt", router.get("timeout"), times, report);
        LiteLlmDeployment.putSeconds("first_token", router.get("stream_timeout"), times, report);
        if (!times.isEmpty()) {
            times.forEach((name, time) -> deadlines(model).putIfAbsent(name, time));
        }
        var retries = new LinkedHashMap<String, Object>();
        var more = number("num_retries");
        if (more != null) {
            retries.put("attempts", Math.clamp(more.longValue() + 1, 1, MOST_ATTEMPTS));
        }
        LiteLlmDeployment.putSeconds("backoff", router.get("retry_after"), retries, report);
        if (!retries.isEmpty()) {
            model.put("retries", retries);
        }
        var breaker = new LinkedHashMap<String, Object>();
        var allowed = number("allowed_fails");
        if (allowed != null) {
            breaker.put("failures", Math.clamp(allowed.longValue() + 1, 1, 1_000_000));
        }
        var cooldown = report.number(router.get("cooldown_time"));
        if (cooldown != null && cooldown.signum() > 0) {
            if (cooldown.movePointRight(3).compareTo(BigDecimal.valueOf(LONGEST_COOLDOWN)) > 0) {
                report.note(router.get("cooldown_time"), "an hour at most");
            }
            long millis = Math.clamp(cooldown.movePointRight(3).longValue(), 1, LONGEST_COOLDOWN);
            breaker.put("open", millis + "ms");
            breaker.put("longest", millis + "ms");
        }
        if (!breaker.isEmpty()) {
            model.put("breaker", breaker);
        }
    }

    /** The router's counts before the general ones. */
    private BigDecimal number(String key) {
        var said = report.number(router.get(key));
        return said == null ? report.number(settings.get(key)) : said;
    }

    private void aliases() {
        router.get("model_group_alias").members().forEach((alias, said) -> {
            var meant = said.isMapping() ? said.get("model").text() : said.text();
            if (meant == null || !models.containsKey(meant) || alias.contains("*") || names.containsKey(alias)) {
                report.note(said, "left out: it is another name of no model, or one already");
                return;
            }
            names.put(alias, meant);
            list(models.get(meant), "aliases").add(alias);
            if (said.get("hidden").isTrue()) {
                report.note(said, "is not hidden: it is listed like all names");
            }
        });
    }

    private void others(Said section, String key) {
        for (var entry : section.items()) {
            entry.members().forEach((name, nexts) -> {
                if ("*".equals(name) && !models.containsKey(name)) {
                    defaults(nexts);
                } else if (names.containsKey(name)) {
                    nexts.items().forEach(next -> add(names.get(name), next, key));
                } else {
                    report.note(nexts, "left out: there is no such model");
                }
            });
        }
    }

    /** For all models that have none of their own. */
    private void defaults(Said section) {
        var without = models.keySet().stream()
                .filter(name -> !models.get(name).containsKey(FALLBACKS))
                .toList();
        for (var next : section.items()) {
            for (var name : without) {
                var meant = names.get(next.text());
                boolean fits = meant == null
                        || (!name.equals(meant)
                                && models.get(meant)
                                        .get(KIND)
                                        .equals(models.get(name).get(KIND))
                                && !leads(meant, name));
                if (fits) {
                    add(name, next, FALLBACKS);
                }
            }
        }
    }

    private void add(String name, Said next, String key) {
        var meant = names.get(next.text());
        if (meant == null || meant.contains("*")) {
            report.note(next, "left out: there is no such model");
        } else if (!models.get(meant).get(KIND).equals(models.get(name).get(KIND))) {
            report.note(next, "left out: it is of another kind");
        } else if (meant.equals(name) || (FALLBACKS.equals(key) && leads(meant, name))) {
            report.note(next, "left out: fallbacks would come back to where they began");
        } else if (!list(models.get(name), key).contains(meant)) {
            list(models.get(name), key).add(meant);
        }
    }

    /** Whether the fallbacks of a model come to another one. */
    private boolean leads(String from, String to) {
        var seen = new HashSet<String>();
        var open = new ArrayList<>(List.of(from));
        while (!open.isEmpty()) {
            var next = open.removeLast();
            if (next.equals(to)) {
                return true;
            }
            if (seen.add(next)) {
                open.addAll(LiteLlmModels.<String>list(new LinkedHashMap<>(models.get(next)), FALLBACKS));
            }
        }
        return false;
    }
}
