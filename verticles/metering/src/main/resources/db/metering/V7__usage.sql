-- Coarser sums of usage_hours, so that a year takes as long as a day: over time, for days and months, and over what requests are for,
-- without keys and accounts. They change in the transaction that changes usage_hours, so that all tell the same at any moment.

-- What is left of sources without their keys, accounts, prices and payers: of one tenant, or, without a tenant, of all of them.
create table facets (
    id        int generated always as identity primary key,
    tenant    text,
    model     text not null,
    upstream  text not null,
    operation text not null,
    unique nulls not distinct (tenant, model, upstream, operation)
);
alter table sources
    add column tenant_facet int references facets,
    add column facet int references facets;
create index sources_key on sources (key_id);
create index sources_model on sources (model);

create table usage_days (like usage_hours including defaults, primary key (hour, source));
create index usage_days_source on usage_days (source, hour);
create table usage_months (like usage_hours including defaults, primary key (hour, source));
create index usage_months_source on usage_months (source, hour);
alter table usage_days rename column hour to day;
alter table usage_months rename column hour to month;

create table facet_hours (like usage_hours including defaults, primary key (source, hour));
create table facet_days (like usage_hours including defaults, primary key (source, hour));
create table facet_months (like usage_hours including defaults, primary key (source, hour));
alter table facet_hours rename column source to facet;
alter table facet_days rename column source to facet;
alter table facet_months rename column source to facet;
alter table facet_days rename column hour to day;
alter table facet_months rename column hour to month;

-- The same few rows change every few seconds.
alter table usage_hours set (fillfactor = 80);
alter table usage_days set (fillfactor = 80);
alter table usage_months set (fillfactor = 80);
alter table facet_hours set (fillfactor = 80);
alter table facet_days set (fillfactor = 80);
alter table facet_months set (fillfactor = 80);

-- What is exported is found by its time; in charges that is nearly the order of the rows.
create index charges_started on charges using brin (started_at) with (pages_per_range = 32, autosummarize = on);

-- Gives facets to sources that have none yet.
create function give_facets(p_sources int[]) returns void language plpgsql as $$
declare
    bare constant int[] := array(
        select id from metering.sources where id = any (p_sources) and facet is null order by id for no key update);
begin
    if cardinality(bare) > 0 then
        insert into metering.facets (tenant, model, upstream, operation)
        select tenant, model, upstream, operation from metering.sources where id = any (bare)
        union
        select null, model, upstream, operation from metering.sources where id = any (bare)
        order by 1, 2, 3, 4
        on conflict do nothing;
        update metering.sources s set
            tenant_facet = (
                select f.id from metering.facets f
                where (f.tenant, f.model, f.upstream, f.operation) = (s.tenant, s.model, s.upstream, s.operation)),
            facet = (
                select f.id from metering.facets f
                where f.tenant is null
                    and (f.model, f.upstream, f.operation) = (s.model, s.upstream, s.operation))
        where s.id = any (bare);
    end if;
end $$;

-- Adds rows to the sums of one table. All of them have the columns of usage_hours in their order; a time's column is named by its
-- length. Rows are locked in the order of time and source, and tables in the order below, so that two nodes never wait for each other in
-- a circle.
create function add_usage(p_table text, p_grain text, p_what text, p_rows usage_hours[]) returns void language plpgsql as $$
begin
    execute format($sql$
        insert into metering.%1$I as u
        select date_trunc(%2$L, hour, 'UTC'), source, sum(requests), sum(failed), sum(prompt), sum(completion), sum(cached),
            sum(reasoning), sum(images), sum(audio_ms), sum(characters), sum(amount), sum(written_off), sum(duration_ms)
        from unnest($1) as r
        group by 1, 2 order by 1, 2
        on conflict (%2$I, %3$I) do update set
            requests = u.requests + excluded.requests, failed = u.failed + excluded.failed,
            prompt = u.prompt + excluded.prompt, completion = u.completion + excluded.completion,
            cached = u.cached + excluded.cached, reasoning = u.reasoning + excluded.reasoning,
            images = u.images + excluded.images, audio_ms = u.audio_ms + excluded.audio_ms,
            characters = u.characters + excluded.characters, amount = u.amount + excluded.amount,
            written_off = u.written_off + excluded.written_off, duration_ms = u.duration_ms + excluded.duration_ms
        $sql$, p_table, p_grain, p_what)
    using p_rows;
end $$;

-- Adds what a fold brings, in the place of the function that knew usage_hours only.
create or replace function roll_up(p_rows usage_hours[]) returns void language plpgsql as $$
declare
    faceted usage_hours[];
begin
    perform metering.add_usage('usage_hours', 'hour', 'source', p_rows);
    perform metering.add_usage('usage_days', 'day', 'source', p_rows);
    perform metering.add_usage('usage_months', 'month', 'source', p_rows);
    perform metering.give_facets(array(select distinct r.source from unnest(p_rows) as r));
    faceted := array(
        select row(r.hour, f.id, r.requests, r.failed, r.prompt, r.completion, r.cached, r.reasoning, r.images, r.audio_ms,
            r.characters, r.amount, r.written_off, r.duration_ms)::metering.usage_hours
        from unnest(p_rows) as r
        join metering.sources s on s.id = r.source
        cross join unnest(array[s.tenant_facet, s.facet]) as f (id));
    perform metering.add_usage('facet_hours', 'hour', 'facet', faceted);
    perform metering.add_usage('facet_days', 'day', 'facet', faceted);
    perform metering.add_usage('facet_months', 'month', 'facet', faceted);
end $$;

-- Makes all coarser sums anew from usage_hours, should they ever be wrong. Nothing is folded meanwhile.
create function rebuild_usage() returns void language plpgsql as $$
declare
    coarse text[];
begin
    lock table metering.usage_hours in share row exclusive mode;
    truncate metering.usage_days, metering.usage_months, metering.facet_hours, metering.facet_days, metering.facet_months;
    perform metering.give_facets(array(select id from metering.sources));
    foreach coarse slice 1 in array array[
        ['usage_days', 'day', 'hours'], ['usage_months', 'month', 'hours'],
        ['facet_hours', 'hour', 'faceted'], ['facet_days', 'day', 'faceted'], ['facet_months', 'month', 'faceted']]
    loop
        execute format($sql$
            with hours as (
                select u.*, u.source as id from metering.usage_hours u
            ), faceted as (
                select u.*, unnest(array[s.tenant_facet, s.facet]) as id
                from metering.usage_hours u join metering.sources s on s.id = u.source
            )
            insert into metering.%1$I
            select date_trunc(%2$L, hour, 'UTC'), id, sum(requests), sum(failed), sum(prompt), sum(completion), sum(cached),
                sum(reasoning), sum(images), sum(audio_ms), sum(characters), sum(amount), sum(written_off), sum(duration_ms)
            from %3$I group by 1, 2 order by 2, 1
            $sql$, coarse[1], coarse[2], coarse[3]);
    end loop;
end $$;

-- Where the coarser sums do not tell what usage_hours does, in one snapshot: there should be nothing, at any moment. At most 100.
create function usage_differences() returns jsonb language sql stable
return (
    with hours as materialized (
        select u.hour, u.source, s.tenant_facet, s.facet, u.requests, u.amount,
            u.failed + u.prompt + u.completion + u.cached + u.reasoning + u.images + u.audio_ms + u.characters + u.written_off
                + u.duration_ms as others
        from metering.usage_hours u join metering.sources s on s.id = u.source
    ), finer as (
        select 'usage_days' as sums, date_trunc('day', hour, 'UTC') as at, source as id, requests, amount, others from hours
        union all select 'usage_months', date_trunc('month', hour, 'UTC'), source, requests, amount, others from hours
        union all select 'facet_hours', hour, unnest(array[tenant_facet, facet]), requests, amount, others from hours
        union all select 'facet_days', date_trunc('day', hour, 'UTC'), unnest(array[tenant_facet, facet]), requests, amount, others
            from hours
        union all select 'facet_months', date_trunc('month', hour, 'UTC'), unnest(array[tenant_facet, facet]), requests, amount, others
            from hours
    ), expected as (
        select sums, at, id, sum(requests) as requests, sum(amount) as amount, sum(others) as others from finer group by sums, at, id
    ), found as (
        select 'usage_days' as sums, day as at, source as id, u.* from metering.usage_days u
        union all select 'usage_months', month, source, u.* from metering.usage_months u
        union all select 'facet_hours', hour, facet, u.* from metering.facet_hours u
        union all select 'facet_days', day, facet, u.* from metering.facet_days u
        union all select 'facet_months', month, facet, u.* from metering.facet_months u
    )
    select coalesce(jsonb_agg(to_jsonb(d)), '[]')
    from (
        select 'coarser_roll_up' as check, coalesce(e.sums, f.sums) as sums, coalesce(e.at, f.at) as at, coalesce(e.id, f.id) as id,
            e.requests as expected_requests, f.requests as requests, e.amount as expected_amount, f.amount
        from expected e
        full join found f on f.sums = e.sums and f.at = e.at and f.id = e.id
        where (e.requests, e.amount, e.others) is distinct from (f.requests, f.amount,
            f.failed + f.prompt + f.completion + f.cached + f.reasoning + f.images + f.audio_ms + f.characters + f.written_off
                + f.duration_ms)
        limit 100
    ) as d
);

-- What the ledger was checked for, and what was found: one row for each time.
create table verifications (
    id       bigint generated always as identity primary key,
    at       timestamptz not null default now(),
    took_ms  bigint not null,
    -- Who asked for it; null for the nightly one.
    account  text,
    findings jsonb not null,
    totals   jsonb not null
);
create index verifications_at on verifications (at);
