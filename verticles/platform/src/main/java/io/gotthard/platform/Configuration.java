package io.gotthard.platform;

import io.gotthard.accounts.AccountsSettings;
import io.gotthard.accounts.OidcIssuer;
import io.gotthard.assistants.AssistantSettings;
import io.gotthard.assistants.AssistantsSettings;
import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
import io.gotthard.kit.Settings;
import io.gotthard.kit.SettingsException;
import io.gotthard.metering.MeteringSettings;
import io.gotthard.metering.Rates;
import io.gotthard.models.DemoSettings;
import io.gotthard.models.ExternalSettings;
import io.gotthard.models.IdempotencySettings;
import io.gotthard.models.Model;
import io.gotthard.models.ModelsSettings;
import io.gotthard.models.Upstream;
import io.gotthard.models.provider.Demo;
import io.gotthard.models.provider.DemoFaults;
import io.gotthard.realtime.RealtimeSettings;
import io.gotthard.router.RouterSettings;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that can be configured: one YAML file, whose sections are these components, and the environment, which overrides it.
 *
 * @param http the HTTP door; {@code GOTTHARD_HOST} and {@code GOTTHARD_PORT} override its address
 * @param data where the platform keeps its files; {@code GOTTHARD_DATA} overrides it
 * @param databaseUrl the PostgreSQL to use, or null for the embedded one; {@code GOTTHARD_DATABASE_URL} overrides it
 * @param adminKey the administrator's first key, or null to generate it; {@code GOTTHARD_ADMIN_KEY} overrides it
 * @param accounts accounts and their keys
 * @param oidc the OpenID Connect issuers whose tokens are believed, and with whom browsers log in
 * @param upstreams the servers that have models, by name
 * @param models the models, by their public names; without any there is the built-in demo
 * @param external the SwissAI dialect
 * @param demo the built-in demo
 * @param idempotency what becomes of requests with an {@code Idempotency-Key}
 * @param metering what requests cost and may cost
 * @param runs the work of assistants
 * @param realtime sockets for live events
 * @param assistants the assistants for all tenants, by their names
 * @param redisUrl the Redis that several nodes share for their limits, or null for a single node; {@code GOTTHARD_REDIS_URL}
 *     overrides it
 */
record Configuration(
        @Default("{}") RouterSettings http,
        @Default("data") String data,
        @Absent String databaseUrl,
        @Absent String adminKey,
        @Default("{}") AccountsSettings accounts,
        @Default("[]") List<OidcIssuer> oidc,
        @Default("{}") Map<String, Upstream> upstreams,
        @Default("{}") Map<String, Model> models,
        @Default("{}") ExternalSettings external,
        @Default("{}") DemoSettings demo,
        @Default("{}") IdempotencySettings idempotency,
        @Default("{}") MeteringSettings metering,
        @Default("{}") AssistantsSettings runs,
        @Default("{}") RealtimeSettings realtime,
        @Default("{}") Map<String, AssistantSettings> assistants,
        @Absent String redisUrl) {

    private static final Logger LOG = LoggerFactory.getLogger(Configuration.class);
    private static final int SHORTEST_KEY = 16;

    Configuration {
        OidcIssuer.check(oidc);
        ModelsSettings.check(upstreams, models, external, demo);
        AssistantSettings.check(assistants);
        models.forEach((name, model) -> {
            if (model.price() != null) {
                checkPrice(name, model.price());
            }
            model.targets().stream()
                    .filter(target -> target.price() != null)
                    .forEach(target -> checkPrice(name, target.price()));
        });
        if (adminKey != null && !adminKey.matches("[!-~]{" + SHORTEST_KEY + ",512}")) {
            throw new IllegalArgumentException("an administrator's key has " + SHORTEST_KEY
                    + " to 512 letters, digits and signs: a shorter one can be guessed, and others don't fit a header");
        }
    }

    /**
     * Reads the file that {@code GOTTHARD_CONFIG} names, or nothing if it names none, and what the environment overrides.
     *
     * @throws SettingsException if the file can't be read or says something that is not known or not valid
     */
    static Configuration load(Map<String, String> environment) {
        var file = ConfigurationFile.of(environment);
        return read(file, file.text());
    }

    /**
     * Reads the text of a file, be it ours or LiteLLM's; what of that was not understood is logged.
     *
     * @throws SettingsException if it says something that is not known or not valid
     */
    static Configuration read(ConfigurationFile file, String text) {
        Function<String, String> environment = file.environment()::get;
        Configuration read;
        if (LiteLlm.isOne(text)) {
            var imported = LiteLlm.read(file.name(), text, environment, false);
            LOG.warn(
                    "{} is a configuration of LiteLLM, of which this was not understood, or otherwise:\n{}",
                    file.name(),
                    String.join("\n", imported.notes()));
            var name = file.name() + " as imported";
            read = Settings.read(Configuration.class, imported.yaml(), name, imported.variables());
        } else {
            read = Settings.read(Configuration.class, text, file.name(), environment);
        }
        try {
            return read.overriddenBy(file.environment());
        } catch (IllegalArgumentException e) {
            throw new SettingsException(List.of("the environment: " + e.getMessage()));
        }
    }

    /** What it says of models, which can be changed while the platform runs as {@code started} says. */
    ModelsSettings forModels(Configuration started) {
        return new ModelsSettings(upstreams, models, external, demo, started.http.drain());
    }

    /** The prices of the models that have one, in their order. The built-in demo is free. */
    Map<String, Map<String, BigDecimal>> prices() {
        var prices = new LinkedHashMap<String, Map<String, BigDecimal>>();
        models.forEach((name, model) -> {
            if (model.price() != null) {
                prices.put(name, model.price());
            }
            model.targets().stream()
                    .filter(target -> target.price() != null)
                    .forEach(target -> prices.put(target.priceName(name), target.price()));
        });
        var free = Map.of("request", BigDecimal.ZERO);
        if (demo.faults()) {
            DemoFaults.NAMES.forEach(fault -> prices.put(DemoFaults.PREFIX + fault, free));
        }
        if (models.isEmpty()) {
            Demo.MODELS.forEach(model -> prices.put(model, free));
        }
        return prices;
    }

    private static void checkPrice(String model, Map<String, BigDecimal> price) {
        try {
            Rates.of(price);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("models." + model + ".price: " + e.getMessage(), e);
        }
    }

    private Configuration overriddenBy(Map<String, String> environment) {
        return new Configuration(
                http.at(
                        or(given(environment, "GOTTHARD_HOST"), http.host()),
                        port(given(environment, "GOTTHARD_PORT"), http.port())),
                or(given(environment, "GOTTHARD_DATA"), data),
                or(given(environment, "GOTTHARD_DATABASE_URL"), databaseUrl),
                or(given(environment, "GOTTHARD_ADMIN_KEY"), adminKey),
                accounts,
                oidc,
                upstreams,
                models,
                external,
                demo,
                idempotency,
                metering,
                runs,
                realtime,
                assistants,
                or(given(environment, "GOTTHARD_REDIS_URL"), redisUrl));
    }

    private static int port(String given, int configured) {
        try {
            return given == null ? configured : Integer.parseInt(given);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "GOTTHARD_PORT is '" + given + "', expected a number from 0 to 65535", e);
        }
    }

    /** An empty variable is none: so compose files can pass on what may not be set. */
    static String given(Map<String, String> environment, String name) {
        var value = environment.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    private static String or(String value, String otherwise) {
        return value == null ? otherwise : value;
    }
}
