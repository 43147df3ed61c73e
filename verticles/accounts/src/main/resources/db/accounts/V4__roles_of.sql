-- The ids of an account's roles in a tenant, with those that they include.
create function roles_of(account text, tenant text) returns text[] stable language sql as $$
    select coalesce(array_agg(distinct within order by within), '{}')
    from accounts.role_assignments a, accounts.roles_within(a.role) within
    where a.account = roles_of.account and a.tenant = roles_of.tenant
$$;
