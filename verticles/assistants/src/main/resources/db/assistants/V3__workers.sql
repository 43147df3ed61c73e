-- Those who work for classes of agents, in whatever language: one row for each connected worker. Its node says that it lives.

create table workers (
    id text primary key,
    -- Empty if its class is there for all tenants.
    tenant text not null,
    class text not null,
    account text not null,
    node text not null,
    -- What it said of the class: what the latest one said counts.
    announcement jsonb not null,
    announced_at timestamptz not null default clock_timestamp(),
    alive_until timestamptz not null
);
create index workers_of_a_node on workers (node);

-- All nodes look at once.
create function tell_workers() returns trigger language plpgsql as $$
begin
    perform pg_notify('assistants_workers', '');
    return null;
end $$;
create trigger workers_came after insert or delete on workers for each row execute function assistants.tell_workers();
