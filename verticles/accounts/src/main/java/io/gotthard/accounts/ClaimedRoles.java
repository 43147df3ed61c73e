package io.gotthard.accounts;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/**
 * The memberships and roles that claims give to an account. Names that are none of ours give nothing. Only what claims gave is taken
 * away when they no longer say it, and only what was not there before counts as given by them.
 */
final class ClaimedRoles {

    private final SqlClient client;
    private final Identity who;
    private final String account;

    ClaimedRoles(SqlClient client, Identity who, String account) {
        this.client = client;
        this.who = who;
        this.account = account;
    }

    /** Makes them what the claims say now. */
    Future<?> replace() {
        return takeRoles()
                .compose(done -> takeMemberships())
                .compose(done -> giveMemberships())
                .compose(done -> giveRoles());
    }

    private Future<?> takeRoles() {
        return client.preparedQuery("""
            with gone as (
                delete from accounts.identity_grants g using accounts.roles r, accounts.tenants t
                where g.issuer = $1 and g.subject = $2 and r.id = g.role and t.id = g.tenant
                    and not (lower(t.name) = any($4) and lower(r.name) = any($5))
                returning g.tenant, g.role)
            delete from accounts.role_assignments a using gone
            where a.account = $3 and a.tenant = gone.tenant and a.role = gone.role
            """).execute(parameters().addArrayOfString(names(who.roles())));
    }

    private Future<?> takeMemberships() {
        return client.preparedQuery("""
            with gone as (
                delete from accounts.identity_grants g using accounts.tenants t
                where g.issuer = $1 and g.subject = $2 and g.role is null and t.id = g.tenant
                    and not lower(t.name) = any($4)
                returning g.tenant)
            delete from accounts.memberships m using gone where m.account = $3 and m.tenant = gone.tenant
            """).execute(parameters());
    }

    private Future<?> giveMemberships() {
        return client.preparedQuery("""
            with given as (
                insert into accounts.memberships (account, tenant)
                select $3, t.id from accounts.tenants t where lower(t.name) = any($4)
                on conflict do nothing returning tenant)
            insert into accounts.identity_grants (issuer, subject, tenant, role)
            select $1, $2, tenant, null from given on conflict do nothing
            """).execute(parameters());
    }

    /** A name can be that of a role of the tenant and of one for all tenants; both are given. */
    private Future<?> giveRoles() {
        return client.preparedQuery("""
            with given as (
                insert into accounts.role_assignments (account, tenant, role)
                select $3, t.id, r.id from accounts.tenants t, accounts.roles r
                where lower(t.name) = any($4) and lower(r.name) = any($5) and (r.tenant is null or r.tenant = t.id)
                on conflict do nothing returning tenant, role)
            insert into accounts.identity_grants (issuer, subject, tenant, role)
            select $1, $2, tenant, role from given on conflict do nothing
            """).execute(parameters().addArrayOfString(names(who.roles())));
    }

    private Tuple parameters() {
        return Tuple.of(who.issuer(), who.subject(), account).addArrayOfString(names(who.tenants()));
    }

    private static String[] names(List<String> names) {
        return names.toArray(String[]::new);
    }
}
