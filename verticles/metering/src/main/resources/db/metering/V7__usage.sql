-- Coarser sums of usage_hours, so that a year takes as long as a day: over time, for days and months, and over whom and what requests
-- are for. They change in the transaction that changes usage_hours, so that all tell the same at any moment.

-- Sources with some of their words only. Facet.java knows the kinds, and which words each has; the others are empty and say nothing.
create table facets (
    id        int generated always as identity primary key,
    kind      smallint not null,
    tenant    text not null,
    account   text not null,
    key_id    text not null,
    model     text not null,
    upstream  text not null,
    operation text not null,
    unique (kind, tenant, account, key_id, model, upstream, operation)
);
create index facets_account on facets (account) where account <> '';
create index facets_key on facets (key_id) where key_id <> '';

-- One of each kind; null until something is folded for the source.
alter table sources add column facets int[];
create index sources_key on sources (key_id);
create index sources_model on sources (model);

create table usage_days (like usage_hours including defaults, primary key (hour, source));
create index usage_days_source on usage_days (source, hour);
create table usage_months (like usage_hours including defaults, primary key (hour, source));
create index usage_months_source on usage_months (source, hour);
alter table usage_days rename column hour to day;
alter table usage_months rename column hour to month;

-- Hours are only there for kinds of which there are few: what a key does in an hour is in a row or two of usage_hours.
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

-- A sum that stays a bigint: several times faster than sum(), which makes a numeric of it. It fails when it overflows.
create aggregate total(bigint) (sfunc = int8pl, stype = bigint, combinefunc = int8pl, parallel = safe);

-- The facets of a source, without their ids.
create function facets_of(s sources) returns setof facets language sql immutable rows 5 as $$
    select 0, f.*
    from (values
        (1::smallint, '', '', '', s.model, s.upstream, s.operation),
        (2::smallint, s.tenant, '', '', '', '', ''),
        (3::smallint, s.tenant, '', '', s.model, s.upstream, s.operation),
        (4::smallint, s.tenant, s.account, '', '', '', ''),
        (5::smallint, s.tenant, s.account, s.key_id, '', '', '')
    ) as f
$$;

-- Gives facets to sources that have none yet.
create function give_facets(p_sources int[]) returns void language plpgsql as $$
declare
    bare constant int[] := array(
        select id from metering.sources where id = any (p_sources) and facets is null order by id for no key update);
begin
    if cardinality(bare) > 0 then
        insert into metering.facets (kind, tenant, account, key_id, model, upstream, operation)
        select distinct f.kind, f.tenant, f.account, f.key_id, f.model, f.upstream, f.operation
        from metering.sources s cross join metering.facets_of(s) as f
        where s.id = any (bare)
        order by 1, 2, 3, 4, 5, 6, 7
        on conflict do nothing;
        update metering.sources s set facets = array(
            select k.id
            from metering.facets_of(s) as f
            join metering.facets k using (kind, tenant, account, key_id, model, upstream, operation)
            order by kind)
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
    hourly metering.usage_hours[];
    others metering.usage_hours[];
begin
    perform metering.add_usage('usage_hours', 'hour', 'source', p_rows);
    perform metering.add_usage('usage_days', 'day', 'source', p_rows);
    perform metering.add_usage('usage_months', 'month', 'source', p_rows);
    perform metering.give_facets(array(select distinct r.source from unnest(p_rows) as r));
    select
        array_agg(f.r) filter (where f.kind <= 3),
        array_agg(f.r) filter (where f.kind > 3)
    into hourly, others
    from (
        select f.kind, row(r.hour, f.id, r.requests, r.failed, r.prompt, r.completion, r.cached, r.reasoning, r.images, r.audio_ms,
            r.characters, r.amount, r.written_off, r.duration_ms)::metering.usage_hours as r
        from unnest(p_rows) as r
        join metering.sources s on s.id = r.source
        cross join unnest(s.facets) with ordinality as f (id, kind)) as f;
    perform metering.add_usage('facet_hours', 'hour', 'facet', hourly);
    perform metering.add_usage('facet_days', 'day', 'facet', hourly || others);
    perform metering.add_usage('facet_months', 'month', 'facet', hourly || others);
end $$;

-- What a table of sums should have, made of the next finer one: this is what roll_up does, said in another way.
create function coarser_usage(p_table text) returns setof usage_hours language plpgsql stable as $$
declare
    -- The finer table, its time, the time's length in this one, and which facets are in it; null if none is.
    s record;
begin
    select * into strict s
    from (values
        ('usage_days', 'usage_hours', 'hour', 'day', null),
        ('usage_months', 'usage_days', 'day', 'month', null),
        ('facet_hours', 'usage_hours', 'hour', 'hour', 3),
        ('facet_days', 'usage_days', 'day', 'day', 5),
        ('facet_months', 'usage_months', 'month', 'month', 5)
    ) as known (sums, finer, at, grain, kinds)
    where sums = p_table;
    return query execute format($sql$
        select date_trunc(%1$L, u.%2$I, 'UTC'), %3$s, metering.total(requests), metering.total(failed), metering.total(prompt),
            metering.total(completion), metering.total(cached), metering.total(reasoning), metering.total(images),
            metering.total(audio_ms), metering.total(characters), metering.total(amount), metering.total(written_off),
            metering.total(duration_ms)
        from metering.%4$I u %5$s
        group by 1, 2
        $sql$,
        s.grain, s.at,
        case when s.kinds is null then 'u.source' else 'f.id' end,
        s.finer,
        case when s.kinds is not null then
            'join metering.sources s on s.id = u.source cross join unnest(s.facets[:' || s.kinds || ']) as f (id)'
        else '' end);
end $$;

-- Makes all coarser sums anew from usage_hours, should they ever be wrong. Nothing is folded meanwhile.
create function rebuild_usage() returns void language plpgsql as $$
declare
    sums text;
begin
    lock table metering.usage_hours in share row exclusive mode;
    truncate metering.usage_days, metering.usage_months, metering.facet_hours, metering.facet_days, metering.facet_months;
    perform metering.give_facets(array(select id from metering.sources));
    foreach sums in array array['usage_days', 'usage_months', 'facet_hours', 'facet_days', 'facet_months'] loop
        execute format('insert into metering.%I select * from metering.coarser_usage(%L) order by 1, 2', sums, sums);
    end loop;
end $$;

-- Where the coarser sums do not tell what usage_hours does, in one snapshot: there should be nothing, at any moment. At most 100 for
-- each table.
create function usage_differences() returns jsonb language plpgsql stable as $$
declare
    findings jsonb := '[]';
    part jsonb;
    s record;
begin
    for s in
        select * from (values
            ('usage_days', 'day', 'source'), ('usage_months', 'month', 'source'), ('facet_hours', 'hour', 'facet'),
            ('facet_days', 'day', 'facet'), ('facet_months', 'month', 'facet')
        ) as known (sums, at, what)
    loop
        execute format($sql$
            select jsonb_agg(to_jsonb(d))
            from (
                select 'coarser_roll_up' as check, %1$L as sums, coalesce(e.hour, f.%2$I) as at, coalesce(e.source, f.%3$I) as id,
                    e.requests as expected_requests, f.requests, e.amount as expected_amount, f.amount
                from metering.coarser_usage(%1$L) e
                full join metering.%1$I f on f.%2$I = e.hour and f.%3$I = e.source
                where e is distinct from f
                limit 100
            ) as d
            $sql$, s.sums, s.at, s.what)
        into part;
        findings := findings || coalesce(part, '[]');
    end loop;
    return findings;
end $$;

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
