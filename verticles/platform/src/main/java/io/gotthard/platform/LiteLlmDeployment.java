package io.gotthard.platform;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * One entry of LiteLLM's {@code model_list}, in our words.
 *
 * @param place where it stands
 * @param model the public name
 * @param upstream what our configuration says of its upstream
 * @param provider LiteLLM's name of whom it is from
 * @param target what it says of the target, but for the upstream's name
 * @param kind our kind of model
 * @param price for a million tokens and so on, or empty
 * @param deadlines how long it may take, or empty
 */
record LiteLlmDeployment(
        Said place,
        String model,
        Map<String, Object> upstream,
        String provider,
        Map<String, Object> target,
        String kind,
        Map<String, Number> price,
        Map<String, Object> deadlines) {

    private static final Set<String> KNOWN = Set.of("model_name", "litellm_params", "model_info");
    private static final Set<String> PARAMS = Set.of(
            "model",
            "custom_llm_provider",
            "api_base",
            "base_url",
            "api_key",
            "api_version",
            "aws_region_name",
            "aws_access_key_id",
            "aws_secret_access_key",
            "aws_session_token",
            "region_name",
            "weight",
            "order",
            "rpm",
            "tpm",
            "timeout",
            "stream_timeout",
            "input_cost_per_token",
            "output_cost_per_token");
    private static final Set<String> INFO = Set.of(
            "id",
            "mode",
            "input_cost_per_token",
            "output_cost_per_token",
            "cache_read_input_token_cost",
            "output_cost_per_reasoning_token",
            "input_cost_per_second");

    private static final int TOKENS = 6;
    private static final long MOST_WEIGHT = 1_000_000;

    /** Reads one; null if it can't be used, which is then in the report. */
    static LiteLlmDeployment read(Said said, LiteLlmReport report) {
        report.others(said, KNOWN);
        var params = said.get("litellm_params");
        var info = said.get("model_info");
        report.others(params, PARAMS);
        report.others(info, INFO);
        var name = said.get("model_name").text();
        var given = params.get("model").text();
        if (name == null || name.isEmpty() || given == null || given.isEmpty()) {
            report.note(said, "left out: it has no model_name, or no litellm_params.model");
            return null;
        }
        int slash = given.indexOf('/');
        var own = params.get("custom_llm_provider").text();
        boolean prefixed = slash > 0 && LiteLlmProvider.named(given.substring(0, slash)) != null;
        var providerName = own != null ? own : slash > 0 ? given.substring(0, slash) : LiteLlmProvider.ofModel(given);
        var provider = providerName == null ? null : LiteLlmProvider.named(providerName);
        if (provider == null) {
            report.note(params.get("model"), "left out: we can't speak to this provider");
            return null;
        }
        boolean strip = prefixed && (own == null || given.startsWith(own + "/"));
        var model = strip ? given.substring(slash + 1) : given;
        if (!isWildcard(name, model)) {
            report.note(said, "left out: a '*' stands at the end of a model_name, and then in its model");
            return null;
        }
        var upstream = LiteLlmUpstream.read(params, providerName, provider, report);
        if (upstream == null) {
            return null;
        }
        var kind = kind(info.get("mode"), providerName, model, report);
        if (kind == null) {
            return null;
        }
        return new LiteLlmDeployment(
                said,
                name,
                upstream,
                providerName,
                target(params, bedrock(provider, model), report),
                kind,
                price(params, info),
                deadlines(params, report));
    }

    private static boolean isWildcard(String name, String model) {
        int star = name.indexOf('*');
        return star < 0 ? model.indexOf('*') < 0 : star == name.length() - 1;
    }

    /** There, the name may say how and where it is asked, too. */
    private static String bedrock(LiteLlmProvider provider, String model) {
        return "bedrock".equals(provider.protocol())
                ? model.replaceFirst("^(converse/|invoke/)?([a-z]{2}(-gov)?-[a-z]+-\\d/)?", "")
                : model;
    }

    private static String kind(Said mode, String provider, String model, LiteLlmReport report) {
        if ("text-completion-openai".equals(provider)) {
            return "completion";
        }
        if (mode.text() == null) {
            return ofName(model.toLowerCase(Locale.ROOT));
        }
        return switch (mode.text()) {
            case "chat", "responses" -> "chat";
            case "completion", "embedding" -> mode.text();
            case "image_generation" -> "image";
            case "audio_speech" -> "speech";
            case "audio_transcription" -> "transcription";
            case "moderation", "moderations" -> "moderation";
            default -> {
                report.note(mode, "left out: there is no such kind of model");
                yield null;
            }
        };
    }

    private static String ofName(String model) {
        if (model.contains("embed")) {
            return "embedding";
        } else if (model.contains("dall-e") || model.contains("gpt-image")) {
            return "image";
        } else if (model.contains("whisper") || model.contains("transcribe")) {
            return "transcription";
        } else if (model.matches("(.*[-/])?tts([-/].*)?")) {
            return "speech";
        }
        return model.contains("moderation") ? "moderation" : "chat";
    }

    private static Map<String, Object> target(Said params, String model, LiteLlmReport report) {
        var target = new LinkedHashMap<String, Object>();
        target.put("model", model.replace("${", "$${"));
        for (var name : new String[] {"weight", "rpm", "tpm"}) {
            var share = report.number(params.get(name));
            if (share != null && share.signum() > 0) {
                target.put("weight", Math.clamp(share.longValue(), 1, MOST_WEIGHT));
                break;
            }
        }
        var order = report.number(params.get("order"));
        if (order != null && order.signum() >= 0) {
            target.put("priority", Math.min(order.longValue(), MOST_WEIGHT));
        }
        var region = params.get("region_name").text();
        if (region != null) {
            target.put("region", region.toLowerCase(Locale.ROOT));
        }
        return target;
    }

    private static Map<String, Number> price(Said params, Said info) {
        var price = new LinkedHashMap<String, Number>();
        put("input", "input_cost_per_token", TOKENS, params, info, price);
        put("output", "output_cost_per_token", TOKENS, params, info, price);
        put("cached_input", "cache_read_input_token_cost", TOKENS, params, info, price);
        put("reasoning", "output_cost_per_reasoning_token", TOKENS, params, info, price);
        put("audio_second", "input_cost_per_second", 0, params, info, price);
        return price;
    }

    private static void put(String ours, String theirs, int digits, Said params, Said info, Map<String, Number> price) {
        var cost = params.get(theirs).number() == null
                ? info.get(theirs).number()
                : params.get(theirs).number();
        if (cost != null && cost.signum() >= 0) {
            var plain = cost.movePointRight(digits).stripTrailingZeros();
            price.put(ours, plain.scale() <= 0 ? plain.toBigIntegerExact() : plain);
        }
    }

    private static Map<String, Object> deadlines(Said params, LiteLlmReport report) {
        var deadlines = new LinkedHashMap<String, Object>();
        putSeconds("attempt", params.get("timeout"), deadlines, report);
        putSeconds("first_token", params.get("stream_timeout"), deadlines, report);
        return deadlines;
    }

    /** Puts a time that is said in seconds, if there is one that can be meant. */
    static void putSeconds(String key, Said said, Map<String, Object> into, LiteLlmReport report) {
        var seconds = said.number();
        if (seconds == null
                ? said.there()
                : seconds.signum() <= 0 || seconds.compareTo(BigDecimal.valueOf(86_400)) > 0) {
            report.note(said, "not understood: it should be seconds, up to a day");
        } else if (seconds != null) {
            into.put(key, Math.max(1, seconds.movePointRight(3).longValue()) + "ms");
        }
    }
}
