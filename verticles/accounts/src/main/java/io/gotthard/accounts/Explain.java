package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Rule;
import io.gotthard.contracts.Rule.Level;
import io.gotthard.kit.Refusal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Says which rule of which set allows or denies a resource to an account or a key. */
final class Explain {

    private static final String KEY = """
        select k.account, k.tenant, k.scopes, k.bound_model,
            k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) as usable
        from accounts.api_keys k where k.id = $1
        """;
    private static final String ACCOUNT = """
        select a.administrator, a.active, t.ceiling, t.active as tenant_active,
            exists (select from accounts.memberships m where m.account = a.id and m.tenant = t.id) as member
        from accounts.accounts a left join accounts.tenants t on t.id = $2 where a.id = $1
        """;
    private static final String RULES = """
        select distinct r.id, r.name, rule
        from accounts.role_assignments a, accounts.roles_within(a.role) within, accounts.roles r, unnest(r.rules) rule
        where a.account = $1 and a.tenant = $2 and r.id = within order by r.name, rule
        """;

    /** A rule, and where it is from: null if that needs no saying. */
    private record Sourced(Rule rule, JsonObject source) {}

    private final Work work;
    private final List<String> resource;
    private final JsonArray sets = new JsonArray();
    private Level level = Level.ADMIN;
    private JsonObject lowest;

    private Explain(Work work) {
        this.work = work;
        this.resource = Rule.segments(work.body().text("resource"));
    }

    static Answer access(Work work) {
        work.actor().requireManager();
        return Work.ok(new Explain(work).explain());
    }

    private JsonObject explain() {
        var body = work.body();
        if ((body.text("account") == null) == (body.text("key") == null)) {
            throw Failure.invalid("account", "Give either 'account' or 'key'.");
        }
        var key = body.text("key") == null ? null : work.one(KEY, body.text("key"));
        if (body.text("key") != null && (key == null || !work.actor().manages(key.getString("tenant")))) {
            throw Refusal.notFound("key");
        }
        var account = key == null ? body.text("account") : key.getString("account");
        var tenant = key == null ? Tenants.given(work) : key.getString("tenant");
        var known = work.one(ACCOUNT, account, tenant);
        if (known == null || !(known.getBoolean("member") || work.actor().isSystem())) {
            throw Refusal.notFound("account");
        }
        if (!known.getBoolean("administrator")) {
            limit("tenant_ceiling", sourced(Grant.list(known, "ceiling")));
            limit("roles", roles(account, tenant));
        }
        if (key != null) {
            limit("key_scopes", sourced(Grant.list(key, "scopes")));
            var model = key.getString("bound_model");
            limit("bound_model", model == null ? null : sourced(List.of(Grant.ruleOf(model))));
        }
        var obstacle = obstacle(known, key);
        var needed = "admin".equals(body.text("level")) ? Level.ADMIN : Level.USER;
        return new JsonObject()
                .put("account", account)
                .put("tenant", tenant)
                .put("key", body.text("key"))
                .put("resource", body.text("resource"))
                .put("administrator", known.getBoolean("administrator"))
                .put("level", word(level))
                .put("allowed", obstacle == null && level.includes(needed))
                .put("obstacle", obstacle)
                .put("decided_by", lowest)
                .put("sets", sets);
    }

    /** What keeps everything from being allowed, whatever the rules say; or null. */
    private String obstacle(Row account, Row key) {
        if (key != null && !key.getBoolean("usable")) {
            return "The key is revoked or has expired.";
        }
        if (!account.getBoolean("active")) {
            return "The account is not active.";
        }
        if (Boolean.FALSE.equals(account.getBoolean("tenant_active"))) {
            return "The tenant is not active.";
        }
        if (!account.getBoolean("member") && !account.getBoolean("administrator")) {
            return "The account is not a member of the tenant.";
        }
        return null;
    }

    private List<Sourced> roles(String account, String tenant) {
        var rules = new ArrayList<Sourced>();
        for (var row : work.run(RULES, account, tenant)) {
            var role = new JsonObject().put("id", row.getString("id")).put("name", row.getString("name"));
            rules.add(new Sourced(Rule.parse(row.getString("rule")), role));
        }
        return rules;
    }

    private static List<Sourced> sourced(List<String> rules) {
        return rules == null
                ? null
                : rules.stream()
                        .map(rule -> new Sourced(Rule.parse(rule), null))
                        .toList();
    }

    /** Adds a set; null is one that limits nothing. */
    private void limit(String name, List<Sourced> rules) {
        if (rules == null) {
            return;
        }
        Sourced best = null;
        for (var rule : rules) {
            if (rule.rule().matches(resource)
                    && (best == null
                            || !best.rule().level().includes(rule.rule().level()))) {
                best = rule;
            }
        }
        var granted = best == null ? Level.NONE : best.rule().level();
        var set = new JsonObject()
                .put("set", name)
                .put("level", word(granted))
                .put("rule", best == null ? null : best.rule().text())
                .put("role", best == null ? null : best.source());
        sets.add(set);
        if (lowest == null || !granted.includes(level)) {
            level = level.and(granted);
            lowest = set;
        }
    }

    private static String word(Level level) {
        return level.name().toLowerCase(Locale.ROOT);
    }
}
