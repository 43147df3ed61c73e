package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.Objects;
import java.util.UUID;

/**
 * The wallets as clients see them, and the receivables, in which is noted what those owe who have none. A tenant's administrators have
 * those of their tenant, everybody their own. A tenant's own wallet, and all credit, is in the hands of system administrators.
 */
final class Wallets {

    private static final String VISIBLE = """
        select a.*, %s as balance from metering.ledger_accounts a
        where a.owner is not null and case
            when $1 = 'all' then true
            when $1 = 'tenant' then a.tenant = $2
            else (a.tenant is null or a.tenant = $2)
                and ((a.owner_kind = 'account' and a.owner = $3) or (a.owner_kind = 'key' and a.owner = $4))
            end
        """;

    /** To the last charge, which is more work. */
    private static final String ONE = VISIBLE.formatted("metering.balance(a.id)") + " and a.id = $5";

    private static final String MANY = VISIBLE.formatted(
                    "(select coalesce(sum(b.amount), 0)::bigint from metering.balances b where b.ledger_account ="
                            + " a.id)")
            + """
             and a.id > $5 and ($6::text is null or a.owner_kind = $6) and ($7::text is null or a.owner = $7)
                and ($8::text is null or a.tenant = $8) and ($9 or a.closed_at is null)
            order by a.id limit $10
            """;

    private static final String PREFIX = "wal_";

    private Wallets() {}

    /** Its id as clients see it. */
    static String name(int id) {
        return PREFIX + id;
    }

    /** The number of an id as clients see it; 0, which nothing has, if it is none. */
    static int number(String name) {
        if (name == null || !name.startsWith(PREFIX) || name.length() > PREFIX.length() + 9) {
            return 0;
        }
        try {
            return Integer.parseInt(name.substring(PREFIX.length()));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static JsonObject json(Row row) {
        return new JsonObject()
                .put("id", name(row.getInteger("id")))
                .put("kind", row.getString("kind"))
                .put(
                        "owner",
                        new JsonObject()
                                .put("kind", row.getString("owner_kind"))
                                .put("id", row.getString("owner")))
                .put("tenant", row.getString("tenant"))
                .put("name", row.getString("name"))
                .put("balance", Money.text(row.getLong("balance")))
                .put("outage", row.getString("outage"))
                .put("grace_allowance", Money.text(row.getLong("grace_allowance")))
                .put("created_at", Times.text(row, "created_at"))
                .put("closed_at", Times.text(row, "closed_at"));
    }

    private static String sight(Work work) {
        return Work.isSystem(work.caller()) ? "all" : Work.administers(work.caller()) ? "tenant" : "own";
    }

    /**
     * The wallet that the path names, kept from being changed by others.
     *
     * @throws Failure 404 if there is none that the caller may know of
     */
    static Row find(Work work) {
        int id = number(work.parameter("wallet"));
        work.run("select from metering.ledger_accounts where id = $1 for no key update", id);
        return visible(work, id);
    }

    private static Row visible(Work work, int id) {
        var caller = work.caller();
        var row = work.one(ONE, sight(work), caller.tenant(), caller.account(), caller.keyId(), id);
        if (row == null) {
            throw Refusal.notFound("wallet");
        }
        return row;
    }

    /** @throws Failure 409 if nothing can be put into it */
    static void requireOpen(Row wallet) {
        if (!"wallet".equals(wallet.getString("kind"))) {
            throw Refusal.conflict("not_a_wallet", "This is owed, and not a wallet that money can be put into.");
        }
        if (wallet.getOffsetDateTime("closed_at") != null) {
            throw Refusal.conflict("wallet_closed", "The wallet is closed.");
        }
    }

    static Answer list(Work work) {
        var page = work.page();
        var caller = work.caller();
        var rows = work.run(
                MANY,
                sight(work),
                caller.tenant(),
                caller.account(),
                caller.keyId(),
                number(page.after()),
                work.parameter("owner_kind"),
                work.parameter("owner"),
                work.parameter("tenant"),
                "true".equals(work.parameter("closed")),
                page.rows());
        return Work.ok(page.json(rows, Wallets::json));
    }

    static Answer get(Work work) {
        return Work.ok(json(visible(work, number(work.parameter("wallet")))));
    }

    static Answer create(Work work) {
        work.requireAdministrator();
        var owner = work.body().object("owner");
        var kind = owner.text("kind");
        var tenant = tenant(work, kind, owner.text("id"));
        var outage = outage(work, "strict", 0);
        var id = work.one(
                        """
                        insert into metering.ledger_accounts
                            (kind, owner_kind, owner, tenant, name, outage, grace_allowance)
                        values ('wallet', $1, $2, $3, $4, $5, $6) returning id
                        """,
                        kind,
                        owner.text("id"),
                        tenant,
                        work.body().has("name") ? work.body().name("name") : "",
                        outage.mode,
                        outage.allowance)
                .getInteger("id");
        work.run("insert into metering.balances (ledger_account, prepaid) values ($1, true)", id);
        var wallet = json(visible(work, id));
        tell(work, kind, owner.text("id"));
        work.changed("createWallet", tenant, name(id), null, wallet);
        return Work.ok(wallet);
    }

    /** The tenant that a new wallet belongs to. */
    private static String tenant(Work work, String kind, String owner) {
        var named = work.body().text("tenant");
        if (kind.equals("tenant")) {
            work.requireSystem();
            if (named != null && !named.equals(owner)) {
                throw Failure.invalid("tenant", "A tenant's wallet belongs to that tenant.");
            }
            return owner;
        }
        var tenant =
                named == null && !Work.isSystem(work.caller()) ? work.caller().tenant() : named;
        if (!work.administers(tenant)) {
            throw Refusal.notFound("tenant");
        }
        return tenant;
    }

    private record Outage(String mode, long allowance) {}

    private static Outage outage(Work work, String mode, long allowance) {
        var body = work.body();
        var named = body.text("outage") == null ? mode : body.text("outage");
        long given = body.text("grace_allowance") == null
                ? allowance
                : TopUps.nanos("grace_allowance", body.text("grace_allowance"));
        if (named.equals("grace") && given == 0) {
            throw Failure.invalid("grace_allowance", "'grace_allowance' says how far grace goes: it can't be 0.");
        }
        return new Outage(named, given);
    }

    static Answer update(Work work) {
        work.requireAdministrator();
        var row = find(work);
        if (row.getString("kind").equals("receivable")) {
            work.requireSystem();
        }
        var outage = outage(work, row.getString("outage"), row.getLong("grace_allowance"));
        work.run(
                "update metering.ledger_accounts set name = $2, outage = $3, grace_allowance = $4 where id = $1",
                row.getInteger("id"),
                work.body().has("name") ? work.body().name("name") : row.getString("name"),
                outage.mode,
                outage.allowance);
        return changed(work, "updateWallet", row);
    }

    /** What is left goes back to where it came from. What other requests are still using does at the next time. */
    static Answer close(Work work) {
        work.requireAdministrator();
        var row = find(work);
        if (!Work.isSystem(work.caller())) {
            if (row.getString("owner_kind").equals("tenant")) {
                work.requireSystem();
            }
            if (row.getLong("balance") != 0) {
                throw Refusal.conflict(
                        "wallet_not_empty", "There is money in the wallet: only a system administrator can close it.");
            }
        }
        int id = row.getInteger("id");
        if (row.getOffsetDateTime("closed_at") == null) {
            requireOpen(row);
            work.run("update metering.ledger_accounts set closed_at = now() where id = $1", id);
        }
        long left = work.one(
                        "select amount from metering.balances where ledger_account = $1 and node = 0 for update", id)
                .getLong("amount");
        if (left > 0) {
            work.run(
                    "select metering.transfer('refund', $1, metering.house('funding'), $2, $3, $4, 'The wallet is"
                            + " closed')",
                    id,
                    left,
                    "close " + name(id) + " " + UUID.randomUUID(),
                    work.caller().account());
        }
        work.run("""
            select pg_notify('metering_wallets', 'recall ' || $1::int || ' ' || string_agg(node::text, ','))
            from metering.balances where ledger_account = $1 and node > 0 and amount > 0 having count(*) > 0
            """, id);
        return changed(work, "closeWallet", row);
    }

    private static Answer changed(Work work, String action, Row before) {
        int id = before.getInteger("id");
        var after = json(visible(work, id));
        tell(work, before.getString("owner_kind"), before.getString("owner"));
        work.changed(action, before.getString("tenant"), name(id), json(before), after);
        return Work.ok(after);
    }

    /** All nodes are to ask anew who pays for this owner. */
    private static void tell(Work work, String kind, String owner) {
        work.run("select pg_notify('metering_changed', $1)", "owner " + kind + " " + Objects.requireNonNull(owner));
    }
}
