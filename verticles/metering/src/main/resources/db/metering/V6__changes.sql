-- Who changed money, prices and limits, and how. Rows are only ever added.
create table changes (
    id         bigint generated always as identity primary key,
    at         timestamptz not null default clock_timestamp(),
    account    text not null,
    key_id     text not null,
    -- The tenant whose administrators may read it, or null for system administrators only.
    tenant     text,
    -- The operation's id.
    action     text not null,
    object     text not null,
    -- As clients see it; null if it was not there before, or is not after.
    before     jsonb,
    after      jsonb,
    request_id text not null
);
create index changes_tenant on changes (tenant, id);
create index changes_object on changes (object, id);

create function append_only() returns trigger language plpgsql as $$
begin
    raise exception 'what was done stays written';
end $$;
create trigger changes_append_only before update or delete or truncate on changes
    for each statement execute function append_only();
