package io.gotthard.platform;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Where a deployment of LiteLLM's is, and with which key it is asked, in our words. */
final class LiteLlmUpstream {

    private LiteLlmUpstream() {}

    /** Reads one; null if it can't be used, which is then in the report. */
    static Map<String, Object> read(Said params, String name, LiteLlmProvider provider, LiteLlmReport report) {
        var upstream = new LinkedHashMap<String, Object>();
        upstream.put("protocol", provider.protocol());
        var variable = name.toUpperCase(Locale.ROOT).replace('-', '_');
        if ("bedrock".equals(provider.protocol())) {
            return bedrock(params, upstream, report);
        }
        var base = params.get("api_base").there() ? params.get("api_base") : params.get("base_url");
        var url = report.text(base);
        if (url == null && report.variable(variable + "_API_BASE") != null) {
            url = "${" + variable + "_API_BASE}";
        }
        if (url == null) {
            url = provider.url();
        }
        if (url == null) {
            report.note(params, "left out: it has no api_base");
            return null;
        }
        if ("anthropic".equals(provider.protocol())) {
            url = url.replaceFirst("/v1(/messages)?/?$", "");
        }
        upstream.put("url", url);
        putKey(params, variable, provider, upstream, report);
        var version = report.text(params.get("api_version"));
        if ("azure".equals(provider.protocol())) {
            if (version == null && report.variable("AZURE_API_VERSION") != null) {
                version = "${AZURE_API_VERSION}";
            }
            if (version == null) {
                report.note(
                        params, "has no api_version: asked at Azure's v1 API, where the model is a deployment, too");
            } else {
                upstream.put("api_version", version);
            }
        } else if (version != null) {
            report.note(params.get("api_version"), "has no meaning for this provider");
        }
        return upstream;
    }

    private static void putKey(
            Said params,
            String variable,
            LiteLlmProvider provider,
            Map<String, Object> upstream,
            LiteLlmReport report) {
        var key = report.secret(params.get("api_key"), variable + "_API_KEY");
        if (key == null && provider.key() != null && report.variable(provider.key()) != null) {
            key = "${" + provider.key() + "}";
        }
        if (key != null) {
            upstream.put("key", key);
        } else if (provider.key() != null) {
            report.note(params, "has no api_key, and " + provider.key() + " is not set: asked without a key");
        }
    }

    private static Map<String, Object> bedrock(Said params, Map<String, Object> upstream, LiteLlmReport report) {
        var region = or(report.text(params.get("aws_region_name")), "AWS_REGION_NAME", report);
        region = or(region, "AWS_REGION", report);
        var id = or(report.text(params.get("aws_access_key_id")), "AWS_ACCESS_KEY_ID", report);
        var secret = or(
                report.secret(params.get("aws_secret_access_key"), "AWS_SECRET_ACCESS_KEY"),
                "AWS_SECRET_ACCESS_KEY",
                report);
        var key = or(
                report.secret(params.get("api_key"), "AWS_BEARER_TOKEN_BEDROCK"), "AWS_BEARER_TOKEN_BEDROCK", report);
        if (region == null || (key == null && (id == null || secret == null))) {
            report.note(params, "left out: it needs a region, and a key or an access key with its secret");
            return null;
        }
        var base = report.text(params.get("api_base"));
        upstream.put("url", base == null ? "https://bedrock-runtime." + region + ".amazonaws.com" : base);
        upstream.put("region", region);
        if (key != null) {
            upstream.put("key", key);
        } else {
            upstream.put("access_key_id", id);
            upstream.put("secret_access_key", secret);
            var token = or(
                    report.secret(params.get("aws_session_token"), "AWS_SESSION_TOKEN"), "AWS_SESSION_TOKEN", report);
            if (token != null) {
                upstream.put("session_token", token);
            }
        }
        return upstream;
    }

    private static String or(String text, String variable, LiteLlmReport report) {
        return text == null && report.variable(variable) != null ? "${" + variable + "}" : text;
    }
}
