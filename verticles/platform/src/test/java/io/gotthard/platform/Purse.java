package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.UUID;

/**
 * A tenant with a wallet, and somebody in it whose key may use all models. Made through the API.
 *
 * @param admin the administrator, who tops up
 * @param tenant the tenant's id
 * @param account who spends
 * @param key the key of who spends
 * @param id the wallet's id as the API knows it
 * @param wallet its number in the ledger
 */
record Purse(Hub admin, String tenant, String account, String key, String id, int wallet) {

    /** A wallet with so much money, that is strict while the database is away. */
    static Purse with(Hub admin, String amount) {
        return open(admin, object("outage", "strict")).topUp(amount);
    }

    /** A wallet with so much money, of which a node may give out so much while the database is away. */
    static Purse withGrace(Hub admin, String amount, String allowance) {
        return open(admin, object("outage", "grace", "grace_allowance", allowance))
                .topUp(amount);
    }

    private static Purse open(Hub admin, JsonObject mode) {
        var name = UUID.randomUUID().toString();
        var tenant = admin.post("/tenants", object("name", name)).id();
        var account = admin.post("/users", object("email", name + "@example.org", "name", "Spender"))
                .id();
        admin.put("/tenants/" + tenant + "/members/" + account).ok();
        var role = admin.post("/roles", object("name", name, "tenant", tenant, "rules", list("gotthard.user.model.>")))
                .id();
        admin.put("/tenants/" + tenant + "/members/" + account + "/roles/" + role)
                .ok();
        var key = admin.post("/keys", object("name", "a key", "account", account, "tenant", tenant))
                .ok()
                .json()
                .getString("key");
        var owner =
                mode.copy().put("owner", object("kind", "tenant", "id", tenant)).put("name", "Purse");
        var id = admin.post("/wallets", owner).id();
        return new Purse(admin, tenant, account, key, id, Integer.parseInt(id.substring("wal_".length())));
    }

    /** Puts money in. */
    Purse topUp(String amount) {
        var reference = UUID.randomUUID().toString();
        admin.post("/wallets/" + id + "/top-ups", object("amount", amount, "reference", reference))
                .ok();
        return this;
    }

    /** The same after the platform was started again elsewhere. */
    Purse at(URI url) {
        return new Purse(admin.at(url), tenant, account, key, id, wallet);
    }

    /** Who spends, at the native API. */
    Hub spender() {
        return admin.with(key);
    }

    /** Who spends, at the models. */
    Customer customer() {
        return Customer.of(admin.url(), key);
    }

    /** What the API says is left. */
    String balance() {
        return admin.get("/wallets/" + id).ok().json().getString("balance");
    }
}
