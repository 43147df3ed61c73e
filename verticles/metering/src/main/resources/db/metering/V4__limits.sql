-- How much somebody may use. Notifications 'limits <subject> <id>' on the channel metering_changed tell all nodes of changes.
create table limits (
    id            bigint generated always as identity primary key,
    subject       text not null check (subject in ('key', 'account', 'tenant', 'role', 'everyone')),
    -- Empty for everyone.
    subject_id    text not null check ((subject = 'everyone') = (subject_id = '')),
    -- Only requests in the name of this tenant count; null if all do.
    tenant        text,
    -- The models that count; * stands for any characters.
    model         text not null default '*' check (length(model) between 1 and 200),
    metric        text not null check (metric in ('requests', 'tokens', 'concurrent', 'money')),
    period        text check (period in ('minute', 'day', 'month')),
    -- Requests, tokens, or nanos of the currency.
    amount        bigint not null check (amount between 1 and 288230376151711744),
    on_redis_down text not null default 'local' check (on_redis_down in ('local', 'open', 'closed')),
    -- Set by a system administrator: nobody else changes it.
    system        boolean not null,
    created_at    timestamptz not null default now(),
    created_by    text not null,
    check ((period is null) = (metric = 'concurrent')),
    check (metric <> 'money' or period in ('day', 'month'))
);
create index limits_subject on limits (subject_id, subject);
-- What a tenant's administrator sets does not stand in the way of what a system administrator sets.
create unique index limits_once on limits (subject_id, subject, tenant, model, metric, period, system) nulls not distinct;
create index limits_tenant on limits (tenant, id);

create function limits_changed() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        perform pg_notify('metering_changed', 'limits ' || old.subject || ' ' || old.subject_id);
    end if;
    if tg_op <> 'DELETE' and (tg_op = 'INSERT' or (new.subject, new.subject_id) <> (old.subject, old.subject_id)) then
        perform pg_notify('metering_changed', 'limits ' || new.subject || ' ' || new.subject_id);
    end if;
    return null;
end $$;
create trigger limits_changed after insert or update or delete on limits for each row execute function limits_changed();
