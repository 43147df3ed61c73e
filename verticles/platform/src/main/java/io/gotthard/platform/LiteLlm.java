package io.gotthard.platform;

import io.gotthard.kit.SettingsException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/**
 * The {@code config.yaml} of LiteLLM's proxy, in the words of our configuration. What has no such words is left out and told, with its place;
 * what means something else here, too.
 */
final class LiteLlm {

    /**
     * What was made of it.
     *
     * @param yaml our configuration
     * @param notes what was not understood, or is otherwise, a line each
     * @param variables gives the value of a variable of the environment, be it that the file set it
     */
    record Imported(String yaml, List<String> notes, Function<String, String> variables) {}

    private static final String MODELS = "model_list";
    private static final Set<String> KNOWN =
            Set.of(MODELS, "router_settings", "litellm_settings", "general_settings", "environment_variables");
    private static final int SHORTEST_KEY = 16;

    private final Said file;
    private final LiteLlmReport report;

    private LiteLlm(Said file, LiteLlmReport report) {
        this.file = file;
        this.report = report;
    }

    /** Whether a text is such a file and not one of ours. */
    static boolean isOne(String text) {
        // Ours would say otherwise and better what is wrong with it.
        if (!text.contains(MODELS)) {
            return false;
        }
        try {
            return Said.read("", text).members().containsKey(MODELS);
        } catch (SettingsException e) {
            return false;
        }
    }

    /**
     * Translates a file.
     *
     * @param forPeople whether it is to be shown, and so has no secrets in it
     * @throws SettingsException if it is not YAML, refers to a variable that is not set, or has no model that can be used
     */
    static Imported read(String name, String text, Function<String, String> variables, boolean forPeople) {
        var report = new LiteLlmReport(variables, forPeople);
        var ours = new LiteLlm(Said.read(name, text), report).translate();
        var dump = new Dump(DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setWidth(Integer.MAX_VALUE)
                .build());
        return new Imported(dump.dumpToString(ours), report.notes(), report::variable);
    }

    private Map<String, Object> translate() {
        report.others(file, KNOWN);
        report.set(file.get("environment_variables"));
        var settings = file.get("litellm_settings");
        var router = file.get("router_settings");
        var deployments = new ArrayList<LiteLlmDeployment>();
        for (var entry : file.get(MODELS).items()) {
            var deployment = LiteLlmDeployment.read(entry, report);
            if (deployment != null) {
                deployments.add(deployment);
            }
        }
        var ours = new LinkedHashMap<String, Object>();
        general(ours);
        var upstreams = new LinkedHashMap<String, Map<String, Object>>();
        var models = new LiteLlmModels(report, router, settings).translate(deployments, deployment -> {
            if (settings.get("drop_params").isTrue()) {
                deployment.upstream().put("drop_unsupported", true);
            }
            return name(deployment, upstreams);
        });
        report.throwIfAnyProblem();
        if (models.isEmpty()) {
            var all = new ArrayList<>(report.notes());
            all.addFirst(file.finding("model_list has no model that can be used"));
            throw new SettingsException(all);
        }
        unpriced(models, ours);
        ours.put("upstreams", upstreams);
        ours.put("models", models);
        return ours;
    }

    /** The name of a deployment's upstream; the same for all that are asked in the same way. */
    private static String name(LiteLlmDeployment deployment, Map<String, Map<String, Object>> upstreams) {
        for (int i = 1; ; i++) {
            var name = deployment.provider() + (i == 1 ? "" : "-" + i);
            var known = upstreams.putIfAbsent(name, deployment.upstream());
            if (known == null || known.equals(deployment.upstream())) {
                return name;
            }
        }
    }

    /** LiteLLM knows what models cost elsewhere; we know only what we are told, and would refuse what has no price. */
    private void unpriced(Map<String, Map<String, Object>> models, Map<String, Object> ours) {
        var free = models.entrySet().stream()
                .filter(model -> !model.getValue().containsKey("price"))
                .map(Map.Entry::getKey)
                .toList();
        if (!free.isEmpty()) {
            ours.put("metering", Map.of("unpriced", "free"));
            report.note(
                    file.get(MODELS),
                    "free, because they have no input_cost_per_token and output_cost_per_token: "
                            + String.join(", ", free));
        }
    }

    private void general(Map<String, Object> ours) {
        var general = file.get("general_settings");
        report.others(general, Set.of("master_key"));
        var said = general.get("master_key");
        var key = report.secret(said, "GOTTHARD_ADMIN_KEY");
        var value = report.value(key);
        if (value != null && value.matches("[!-~]{" + SHORTEST_KEY + ",512}")) {
            ours.put("admin_key", key);
        } else if (key != null) {
            report.note(
                    said,
                    "too short for an administrator's key, which has at least " + SHORTEST_KEY
                            + " characters: it is as if there were none");
        }
    }
}
