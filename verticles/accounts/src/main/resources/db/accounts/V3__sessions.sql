-- Who somebody is at an OpenID Connect issuer, and what the newest token of theirs said.
create table identities (
    issuer        text not null,
    subject       text not null,
    account       text not null references accounts on delete cascade,
    -- The tenant in whose name they act; null if the claims give none.
    tenant        text references tenants on delete set null,
    -- A digest of what the claims give: a token that says the same changes nothing.
    claims        text not null,
    -- When that token was issued: one that is older changes nothing either.
    issued_at     timestamptz not null,
    -- Whether the claims made the account an administrator, so that they can also end that.
    administrator boolean not null default false,
    created_at    timestamptz not null default now(),
    primary key (issuer, subject)
);
create index identities_account on identities (account);

-- Memberships (without a role) and roles that claims gave. Only these do claims take away again.
create table identity_grants (
    issuer  text not null,
    subject text not null,
    tenant  text not null references tenants on delete cascade,
    role    text references roles on delete cascade,
    unique nulls not distinct (issuer, subject, tenant, role),
    foreign key (issuer, subject) references identities on delete cascade
);

-- Logins of browsers. The cookie's value is stored nowhere: it is found by its SHA-256, as keys are.
create table sessions (
    hash       text primary key check (hash ~ '^[0-9a-f]{64}$'),
    account    text not null references accounts on delete cascade,
    tenant     text references tenants on delete set null,
    issuer     text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index sessions_account on sessions (account);
create index sessions_expires_at on sessions (expires_at);

create function announce_session() returns trigger language plpgsql as $$
begin
    perform pg_notify('accounts_api_keys', 'session:' || old.hash);
    return null;
end
$$;
create trigger announce_session after delete or update on sessions
    for each row execute function announce_session();

-- What an account is and has, as the audit log shows it before and after a login.
create function account_state(account text) returns jsonb stable language sql as $$
    select jsonb_build_object(
        'name', a.name, 'email', a.email, 'active', a.active, 'administrator', a.administrator,
        'memberships', coalesce((
            select jsonb_object_agg(m.tenant, coalesce((
                select jsonb_agg(r.role order by r.role) from accounts.role_assignments r
                where r.account = m.account and r.tenant = m.tenant), '[]'))
            from accounts.memberships m where m.account = a.id), '{}'))
    from accounts.accounts a where a.id = account_state.account
$$;
