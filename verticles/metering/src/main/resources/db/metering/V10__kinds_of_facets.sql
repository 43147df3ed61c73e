-- Changes of functions and tables of before.

-- Sums of facets know their kind: so all of a kind in a time are found at once.
alter table facet_hours add column kind smallint;
update facet_hours u set kind = f.kind from facets f where f.id = u.facet;
alter table facet_hours alter column kind set not null;
alter table facet_days add column kind smallint;
update facet_days u set kind = f.kind from facets f where f.id = u.facet;
alter table facet_days alter column kind set not null;
alter table facet_months add column kind smallint;
update facet_months u set kind = f.kind from facets f where f.id = u.facet;
alter table facet_months alter column kind set not null;
-- For all of a kind; a few of them are found by the other index.
create index facet_hours_kind on facet_hours (kind, hour);
create index facet_days_kind on facet_days (kind, day);
create index facet_months_kind on facet_months (kind, month);

-- What is exported is found by its time; in charges that is nearly the order of the rows, so that this costs next to nothing to keep.
create index charges_started on charges using brin (started_at) with (pages_per_range = 32, autosummarize = on);

-- Adds rows to the sums of one table. All of them have the columns of usage_hours in their order, and those of facets their kind; a
-- time's column is named by its length. Rows are locked in the order of time and source, and tables in the order below, so that two
-- nodes never wait for each other in a circle.
create or replace function add_usage(p_table text, p_grain text, p_what text, p_rows usage_hours[]) returns void language plpgsql as $$
begin
    execute format($sql$
        insert into metering.%1$I as u
        select date_trunc(%2$L, hour, 'UTC'), source, sum(requests), sum(failed), sum(prompt), sum(completion), sum(cached),
            sum(reasoning), sum(images), sum(audio_ms), sum(characters), sum(amount), sum(written_off), sum(duration_ms) %4$s
        from unnest($1) as r
        group by 1, 2 order by 1, 2
        on conflict (%2$I, %3$I) do update set
            requests = u.requests + excluded.requests, failed = u.failed + excluded.failed,
            prompt = u.prompt + excluded.prompt, completion = u.completion + excluded.completion,
            cached = u.cached + excluded.cached, reasoning = u.reasoning + excluded.reasoning,
            images = u.images + excluded.images, audio_ms = u.audio_ms + excluded.audio_ms,
            characters = u.characters + excluded.characters, amount = u.amount + excluded.amount,
            written_off = u.written_off + excluded.written_off, duration_ms = u.duration_ms + excluded.duration_ms
        $sql$, p_table, p_grain, p_what,
        case p_what when 'facet' then ', (select kind from metering.facets where id = source)' else '' end)
    using p_rows;
end $$;

-- Makes all coarser sums anew from usage_hours, should they ever be wrong. Nothing is folded meanwhile.
create or replace function rebuild_usage() returns void language plpgsql as $$
declare
    sums text;
begin
    lock table metering.usage_hours in share row exclusive mode;
    truncate metering.usage_days, metering.usage_months, metering.facet_hours, metering.facet_days, metering.facet_months;
    perform metering.give_facets(array(select id from metering.sources));
    foreach sums in array array['usage_days', 'usage_months', 'facet_hours', 'facet_days', 'facet_months'] loop
        execute format('insert into metering.%I select u.*%s from metering.coarser_usage(%L) u %s order by 1, 2', sums,
            case when sums like 'facet%' then ', f.kind' else '' end, sums,
            case when sums like 'facet%' then 'join metering.facets f on f.id = u.source' else '' end);
    end loop;
end $$;

-- Where the coarser sums do not tell what usage_hours does, in one snapshot: there should be nothing, at any moment. At most 100 for
-- each table.
create or replace function usage_differences() returns jsonb language plpgsql stable as $$
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
                where (e.requests, e.failed, e.prompt, e.completion, e.cached, e.reasoning, e.images, e.audio_ms, e.characters,
                        e.amount, e.written_off, e.duration_ms)
                    is distinct from (f.requests, f.failed, f.prompt, f.completion, f.cached, f.reasoning, f.images, f.audio_ms,
                        f.characters, f.amount, f.written_off, f.duration_ms)
                limit 100
            ) as d
            $sql$, s.sums, s.at, s.what)
        into part;
        findings := findings || coalesce(part, '[]');
    end loop;
    return findings;
end $$;

-- Moves what a node does not need back to the wallets; in the order of wallets, as everybody does.
create or replace function give_back(for_node bigint, wallets int[], ops bigint[], amounts bigint[], recalled boolean)
    returns void language plpgsql
as $$
declare
    given record;
    given_back bigint;
begin
    if not metering.alive(for_node) then
        raise exception 'node % has ended', for_node using errcode = 'GM001';
    end if;
    for given in
        select w.wallet, w.op, w.amount from unnest(wallets, ops, amounts) as w (wallet, op, amount) order by w.wallet
    loop
        perform from metering.balances where ledger_account = given.wallet and node = 0 for update;
        -- What was given on grace may have been taken from here since, and then is not there to be given back.
        update metering.balances
        set amount = amount - least(amount, given.amount), op = given.op, moved = least(amount, given.amount)
        where ledger_account = given.wallet and node = for_node and op < given.op
        returning moved into given_back;
        if found then
            update metering.balances set amount = amount + given_back where ledger_account = given.wallet and node = 0;
        end if;
        if recalled then
            perform pg_notify('metering_wallets', 'back ' || given.wallet || ' ' || for_node);
        end if;
    end loop;
end $$;
