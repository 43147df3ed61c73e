-- API keys. The key itself is stored nowhere: it is found by the SHA-256 of its text, and because keys are 256 random bits, a
-- salt or a slow hash would protect nothing more.
create table api_keys (
    id            text primary key,
    hash          text not null unique check (hash ~ '^[0-9a-f]{64}$'),
    account       text not null,
    name          text not null,
    administrator boolean not null default false,
    created_at    timestamptz not null default now(),
    expires_at    timestamptz,
    revoked_at    timestamptz
);

-- Every change of a key is announced to all nodes by its hash, whoever makes it; so they may remember keys.
create function announce_api_key() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        perform pg_notify('accounts_api_keys', old.hash);
    end if;
    if tg_op <> 'DELETE' then
        perform pg_notify('accounts_api_keys', new.hash);
    end if;
    return null;
end
$$;

create trigger announce_api_key
    after insert or update or delete on api_keys
    for each row execute function announce_api_key();
