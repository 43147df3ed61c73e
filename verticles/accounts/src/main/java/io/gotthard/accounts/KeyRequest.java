package io.gotthard.accounts;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import io.gotthard.contracts.Rule.Level;
import io.gotthard.kit.Fields;
import io.gotthard.kit.Refusal;
import io.vertx.sqlclient.Row;
import java.util.List;

/**
 * A key that somebody wants and may have.
 *
 * @param account whose it is
 * @param tenant in whose name it acts; null only for system administrators
 * @param name its name for people
 * @param scopes what it is limited to, or null if it may do all that the account may
 * @param limits what else it is limited to
 */
record KeyRequest(String account, String tenant, String name, List<String> scopes, KeyLimits limits) {

    private static final int MOST_MODELS = 100;

    /** Reads what the body asks for, and refuses what the actor may not have. */
    static KeyRequest read(Work work) {
        var body = work.body();
        var account = body.text("account") == null ? work.actor().account() : body.text("account");
        var limits = new KeyLimits(
                model(body), body.networks("networks"), body.future("expires_at"), KeyLimits.regions(body));
        if (isOwn(work, account)) {
            limits = limits.orElse(KeyLimits.ofActor(work));
        }
        var request = new KeyRequest(account, tenant(work, account), body.name("name"), scopes(body), limits);
        request.check(work);
        return request;
    }

    /** A key like another one; only the expiry can be another. */
    static KeyRequest like(Work work, Row key) {
        var limits = KeyLimits.of(key);
        var body = work.body();
        if (body.has("expires_at")) {
            limits = new KeyLimits(limits.boundModel(), limits.networks(), body.future("expires_at"), limits.regions());
        }
        var request = new KeyRequest(
                key.getString("account"),
                key.getString("tenant"),
                key.getString("name"),
                Grant.list(key, "scopes"),
                limits);
        request.check(work);
        return request;
    }

    private static boolean isOwn(Work work, String account) {
        return account.equals(work.actor().account());
    }

    private static String tenant(Work work, String account) {
        var named = work.body().text("tenant");
        var own = work.actor().tenant();
        if (named == null || (isOwn(work, account) && named.equals(own))) {
            return own.isEmpty() ? null : own;
        }
        Tenants.requireManaged(work, named);
        return named;
    }

    private static String model(Fields body) {
        var model = body.text("bound_model");
        if (model != null) {
            Fields.checkRule("bound_model", Grant.ruleOf(model));
            if (model.contains("*") || model.contains(">")) {
                throw Failure.invalid("bound_model", "'bound_model' must be the id of one model.");
            }
        }
        return model;
    }

    /** The models are a short form of scopes. */
    private static List<String> scopes(Fields body) {
        var scopes = body.rules("scopes");
        var models = body.texts("models", MOST_MODELS);
        if (models == null) {
            return scopes;
        }
        if (scopes != null) {
            throw Failure.invalid("models", "'models' and 'scopes' say the same; give one of them.");
        }
        var rules = models.stream().map(Grant::ruleOf).distinct().toList();
        rules.forEach(rule -> Fields.checkRule("models", rule));
        return rules;
    }

    private void check(Work work) {
        var actor = work.actor();
        if (!isOwn(work, account) && !actor.manages(tenant)) {
            throw Refusal.notFound("account");
        }
        var owner = work.one("""
            select a.administrator, t.ceiling, accounts.rules_of(a.id, t.id) as rules, null::text[] as scopes, null::text as bound_model,
                exists (select from accounts.memberships m where m.account = a.id and m.tenant = t.id) as member
            from accounts.accounts a left join accounts.tenants t on t.id = $2 where a.id = $1
            """, account, tenant);
        boolean mayBeWithoutTenant = isOwn(work, account) || actor.isSystem();
        if (owner == null
                || !(owner.getBoolean("member") || (mayBeWithoutTenant && owner.getBoolean("administrator")))) {
            // Somebody else's member is nobody here.
            if (owner != null && actor.isSystem()) {
                throw Failure.invalid("tenant", "The account is not a member of this tenant.");
            }
            throw Refusal.notFound("account");
        }
        if (isOwn(work, account)) {
            limits.requireWithin(KeyLimits.ofActor(work));
        }
        var all = Grant.of(owner);
        if (scopes != null && !all.permissions().covers(Permissions.of(List.of(scopes)))) {
            throw Failure.forbidden("A key's scopes can't be more than its account may do.");
        }
        var granted = all.limitedTo(scopes, limits.boundModel()).permissions();
        actor.requireCovers(granted);
        if (limits.boundModel() != null && !granted.allows(Level.USER, "model." + limits.boundModel())) {
            throw Failure.forbidden("The key could not use the model that it would be bound to.");
        }
    }
}
