-- Who there is, and what each may do. Functions name the schema everywhere: they run with whatever search path the asker has.

create table tenants (
    id         text primary key,
    name       text not null check (length(name) between 1 and 100),
    -- What anybody can be allowed in this tenant at most; null if that is not limited.
    ceiling    text[],
    active     boolean not null default true,
    created_at timestamptz not null default now()
);
create unique index tenants_name on tenants (lower(name));

-- Users and service accounts: whoever can hold a key.
create table accounts (
    id            text primary key,
    kind          text not null check (kind in ('user', 'service')),
    email         text check (length(email) between 3 and 254),
    name          text not null check (length(name) between 1 and 100),
    -- The tenant that a service account belongs to; users belong to tenants by membership only.
    tenant        text references tenants,
    administrator boolean not null default false,
    active        boolean not null default true,
    created_at    timestamptz not null default now(),
    check (kind = 'user' or email is null),
    check (kind = 'service' or tenant is null)
);
create unique index accounts_email on accounts (lower(email));

create table memberships (
    account    text not null references accounts on delete cascade,
    tenant     text not null references tenants,
    created_at timestamptz not null default now(),
    primary key (account, tenant)
);
create index memberships_tenant on memberships (tenant);

-- A role without a tenant can be given in every tenant.
create table roles (
    id         text primary key,
    tenant     text references tenants,
    name       text not null check (length(name) between 1 and 100),
    rules      text[] not null,
    created_at timestamptz not null default now()
);
create unique index roles_name on roles (coalesce(tenant, ''), lower(name));

create table role_includes (
    role     text not null references roles on delete cascade,
    included text not null references roles,
    primary key (role, included)
);
create index role_includes_included on role_includes (included);

create table role_assignments (
    account text not null,
    tenant  text not null,
    role    text not null references roles on delete cascade,
    primary key (account, tenant, role),
    foreign key (account, tenant) references memberships on delete cascade
);
create index role_assignments_role on role_assignments (role);

-- The keys there are get accounts of their own; their names in logs and bills stay.
insert into accounts (id, kind, name, administrator)
select account, 'service', 'Administrator', bool_or(administrator) from api_keys group by account;

alter table api_keys
    add constraint api_keys_account foreign key (account) references accounts on delete cascade,
    add column tenant       text references tenants,
    -- The key's beginning, by which people recognise it.
    add column prefix       text not null default '',
    -- Null if the key may do all that its account may do.
    add column scopes       text[],
    add column bound_model  text,
    -- Where it can be used from; empty if from everywhere.
    add column networks     text[] not null default '{}',
    add column last_used_at timestamptz,
    add column replaced_by  text references api_keys,
    drop column administrator;
create index api_keys_by_account on api_keys (account);
create index api_keys_by_tenant on api_keys (tenant);

create table audit (
    id         bigint generated always as identity primary key,
    at         timestamptz not null default clock_timestamp(),
    account    text not null,
    key_id     text not null,
    tenant     text,
    action     text not null,
    object     text not null,
    before     jsonb,
    after      jsonb,
    address    text not null,
    request_id text not null
);
create index audit_tenant on audit (tenant, id);
create index audit_object on audit (object, id);
create index audit_account on audit (account, id);

-- A role and all that it includes.
create function roles_within(role text) returns setof text stable language sql as $$
    with recursive within(id) as (
        select roles_within.role
        union
        select i.included from accounts.role_includes i join within on i.role = within.id
    )
    select id from within
$$;

create function rules_of_role(role text) returns text[] stable language sql as $$
    select coalesce(array_agg(distinct rule order by rule), '{}')
    from accounts.roles r, unnest(r.rules) rule
    where r.id in (select accounts.roles_within(rules_of_role.role))
$$;

-- The union of an account's roles in a tenant.
create function rules_of(account text, tenant text) returns text[] stable language sql as $$
    select coalesce(array_agg(distinct rule order by rule), '{}')
    from accounts.role_assignments a, accounts.roles_within(a.role) within, accounts.roles r, unnest(r.rules) rule
    where a.account = rules_of.account and a.tenant = rules_of.tenant and r.id = within
$$;

-- Whoever comes second waits for the first, and then sees what it did.
create function keep_an_administrator() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.administrator and new.active then
        return new;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('accounts.administrators', 0));
    if not exists (select from accounts.accounts where administrator and active and id <> old.id) then
        raise exception 'the last administrator' using errcode = 'GK001';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end
$$;
create trigger keep_an_administrator
    before delete or update of administrator, active on accounts
    for each row when (old.administrator and old.active)
    execute function keep_an_administrator();

create function limit_keys() returns trigger language plpgsql as $$
begin
    -- Keys of one account are made one after the other, so that the count is right.
    perform from accounts.accounts where id = new.account for no key update;
    if (select count(*) from accounts.api_keys
        where account = new.account and id <> new.id and revoked_at is null
            and (expires_at is null or expires_at > now())) >= 20 then
        raise exception 'too many keys' using errcode = 'GK002';
    end if;
    return new;
end
$$;
create trigger limit_keys
    before insert or update of account, revoked_at, expires_at on api_keys
    for each row when (new.revoked_at is null and (new.expires_at is null or new.expires_at > now()))
    execute function limit_keys();

create function refuse_role_cycle() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('accounts.role_includes', 0));
    if exists (select from accounts.roles_within(new.included) within where within = new.role) then
        raise exception 'a role includes itself' using errcode = 'GK003';
    end if;
    return null;
end
$$;
create trigger refuse_role_cycle
    after insert or update on role_includes
    for each row execute function refuse_role_cycle();

-- A key's use is not a change of it.
drop trigger announce_api_key on api_keys;
create trigger announce_api_key
    after insert or delete or update of hash, account, tenant, scopes, bound_model, networks, expires_at, revoked_at on api_keys
    for each row execute function announce_api_key();

-- Everything else may concern any number of keys and tokens: who remembers them forgets them all.
create function announce_change() returns trigger language plpgsql as $$
begin
    perform pg_notify('accounts_api_keys', '');
    return null;
end
$$;
create trigger announce_change after delete or update of administrator, active, tenant on accounts
    for each statement execute function announce_change();
create trigger announce_change after delete or update on tenants
    for each statement execute function announce_change();
create trigger announce_change after insert or delete or update on memberships
    for each statement execute function announce_change();
create trigger announce_change after delete or update on roles
    for each statement execute function announce_change();
create trigger announce_change after insert or delete or update on role_includes
    for each statement execute function announce_change();
create trigger announce_change after insert or delete or update on role_assignments
    for each statement execute function announce_change();
