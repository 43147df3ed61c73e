-- What the journal asks of the ledger; docs/decisions/0006-metering.md says why, and what a crash does to it.
--
-- Whoever changes something in a node's name calls alive() first, in the same transaction: it keeps the node from being ended
-- meanwhile. Rows of balances are locked in the order of (ledger_account, node).

-- The batches of a node would lock its row for each batch; alive() says as much.
alter table batches drop constraint batches_node_fkey;

-- Microseconds since 1970, as the journal has them: they are only read when a node has died.
alter table batches drop column started;
alter table batches add column started bigint[] not null;

-- What is not folded yet is at the table's end: found by this, which costs next to nothing to keep.
create index charges_batch on charges using brin (node, batch) with (pages_per_range = 32, autosummarize = on);
alter table nodes drop column folded_seq;

-- The two that belong to the house.
create unique index ledger_accounts_house on ledger_accounts (kind) where owner is null;

create function house(p_kind text) returns int language sql stable
return (select id from metering.ledger_accounts where kind = p_kind and owner is null);

create function since_1970(micros bigint) returns timestamptz language sql immutable
return timestamptz 'epoch' + micros * interval '1 microsecond';

-- Whether a node may still post. It can't be ended until the transaction is.
create function alive(p_node bigint) returns boolean language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(1785689458, p_node::int);
    return exists (select from metering.nodes where id = p_node and ended_at is null);
end $$;

-- The numbers of sources, in the order they are asked for; those that are new get one.
create function source_ids(
    p_key_ids text[], p_accounts text[], p_tenants text[], p_models text[], p_upstreams text[], p_operations text[],
    p_prices bigint[], p_payers int[]
) returns int[] language plpgsql as $$
begin
    insert into metering.sources (key_id, account, tenant, model, upstream, operation, price, payer)
    select distinct w.*
    from unnest(p_key_ids, p_accounts, p_tenants, p_models, p_upstreams, p_operations, p_prices, p_payers)
        as w (key_id, account, tenant, model, upstream, operation, price, payer)
    where not exists (
        select from metering.sources s
        where (s.key_id, s.account, s.tenant, s.model, s.upstream, s.operation, s.payer)
            = (w.key_id, w.account, w.tenant, w.model, w.upstream, w.operation, w.payer)
            and s.price is not distinct from w.price)
    order by 1, 2, 3, 4, 5, 6, 7, 8
    on conflict do nothing;
    return array(
        select s.id
        from unnest(p_key_ids, p_accounts, p_tenants, p_models, p_upstreams, p_operations, p_prices, p_payers)
            with ordinality as w (key_id, account, tenant, model, upstream, operation, price, payer, place)
        join metering.sources s
            on (s.key_id, s.account, s.tenant, s.model, s.upstream, s.operation, s.payer)
            = (w.key_id, w.account, w.tenant, w.model, w.upstream, w.operation, w.payer)
            and s.price is not distinct from w.price
        order by w.place);
end $$;

-- Writes a batch. 1: it is written; 0: it was before; -1: the node is ended.
create function post(
    p_node bigint, p_batch bigint,
    p_seqs bigint[], p_request_ids text[], p_sources int[], p_reserved bigint[], p_unknown bigint[], p_started bigint[],
    c_seqs bigint[], c_request_ids text[], c_sources int[], c_started bigint[], c_durations int[], c_first_tokens int[],
    c_outcomes smallint[], c_counted smallint[], c_attempts smallint[], c_prompt bigint[], c_completion bigint[],
    c_cached bigint[], c_reasoning bigint[], c_media jsonb[], c_reserved bigint[], c_amounts bigint[], c_written_off bigint[]
) returns int language plpgsql as $$
declare
    folded bigint;
begin
    perform pg_advisory_xact_lock_shared(1785689458, p_node::int);
    select folded_batch into folded from metering.nodes where id = p_node and ended_at is null;
    if not found then
        return -1;
    elsif p_batch <= folded then
        return 0;
    end if;
    insert into metering.batches (node, batch, seqs, request_ids, sources, reserved, unknown, started)
    values (p_node, p_batch, p_seqs, p_request_ids, p_sources, p_reserved, p_unknown, p_started)
    on conflict do nothing;
    if not found then
        return 0;
    end if;
    if cardinality(c_seqs) > 0 then
        insert into metering.charges (
            node, batch, seq, request_id, source, started_at, duration_ms, first_token_ms, outcome, counted, attempts,
            prompt, completion, cached, reasoning, media, reserved, amount, written_off)
        select p_node, p_batch, c.seq, c.request_id, c.source, metering.since_1970(c.started), c.duration, c.first_token,
            c.outcome, c.counted, c.attempts, c.prompt, c.completion, c.cached, c.reasoning,
            -- The client writes JSON's null where there is none.
            nullif(c.media, 'null'), c.reserved, c.amount,
            c.written_off
        from unnest(
            c_seqs, c_request_ids, c_sources, c_started, c_durations, c_first_tokens, c_outcomes, c_counted, c_attempts,
            c_prompt, c_completion, c_cached, c_reasoning, c_media, c_reserved, c_amounts, c_written_off)
            as c (seq, request_id, source, started, duration, first_token, outcome, counted, attempts, prompt, completion,
                cached, reasoning, media, reserved, amount, written_off);
    end if;
    return 1;
end $$;

-- Takes from the payers what they owe a node, and gives it to revenue. A wallet pays from what the node has leased. If that is
-- not enough, because the node went on while the database was away, it pays from what is not leased; and if that is not enough
-- either, funding makes up for it, so that the wallet ends with nothing, and a transfer says so.
create function pay(p_node bigint, p_payers int[], p_amounts bigint[]) returns void language plpgsql as $$
declare
    revenue constant int := metering.house('revenue');
    funding constant int := metering.house('funding');
    short int[];
    payer record;
    missing bigint;
    rest bigint;
begin
    insert into metering.balances (ledger_account, node, prepaid)
    select a.id, p_node, a.kind = 'wallet'
    from metering.ledger_accounts a
    where a.id = any (p_payers || revenue)
    order by a.id
    on conflict do nothing;
    short := array(
        select d.payer
        from unnest(p_payers, p_amounts) as d (payer, amount)
        join metering.balances b on b.ledger_account = d.payer and b.node = p_node
        where b.prepaid and b.amount < d.amount);
    perform from metering.balances b
    where (b.ledger_account, b.node) in (
        select id, p_node from unnest(p_payers || revenue) as id
        union all
        select id, 0 from unnest(short) as id)
    order by b.ledger_account, b.node
    for no key update of b;
    for payer in
        select d.payer as id, d.amount - b.amount as missing
        from unnest(p_payers, p_amounts) as d (payer, amount)
        join metering.balances b on b.ledger_account = d.payer and b.node = p_node
        where b.prepaid and b.amount < d.amount
    loop
        if payer.id <> all (short) then
            raise exception 'the lease of % changed meanwhile', payer.id using errcode = 'serialization_failure';
        end if;
        missing := payer.missing;
        update metering.balances set amount = greatest(0, amount - missing)
        where ledger_account = payer.id and node = 0
        returning greatest(0, missing - old.amount) into rest;
        rest := coalesce(rest, missing);
        if rest > 0 then
            insert into metering.transfers (kind, payer, payee, amount, reference, account, note)
            values ('adjustment', funding, payer.id, rest, 'shortfall ' || gen_random_uuid(), '',
                'Spent by node ' || p_node || ' beyond what there was while the database was away');
            insert into metering.balances (ledger_account, node, prepaid, amount) values (funding, p_node, false, -rest)
            on conflict (ledger_account, node) do update set amount = balances.amount - rest;
        end if;
        update metering.balances set amount = amount + missing where ledger_account = payer.id and node = p_node;
    end loop;
    update metering.balances b set amount = b.amount - d.amount
    from unnest(p_payers, p_amounts) as d (payer, amount)
    where b.ledger_account = d.payer and b.node = p_node;
    update metering.balances set amount = amount + (select coalesce(sum(a), 0) from unnest(p_amounts) as a)
    where ledger_account = revenue and node = p_node;
end $$;

-- Adds to usage_hours.
create function roll_up(p_rows usage_hours[]) returns void language plpgsql as $$
begin
    insert into metering.usage_hours as u select * from unnest(p_rows) as r order by r.hour, r.source
    on conflict (hour, source) do update set
        requests = u.requests + excluded.requests, failed = u.failed + excluded.failed, prompt = u.prompt + excluded.prompt,
        completion = u.completion + excluded.completion, cached = u.cached + excluded.cached,
        reasoning = u.reasoning + excluded.reasoning, images = u.images + excluded.images,
        audio_ms = u.audio_ms + excluded.audio_ms, characters = u.characters + excluded.characters,
        amount = u.amount + excluded.amount, written_off = u.written_off + excluded.written_off,
        duration_ms = u.duration_ms + excluded.duration_ms;
end $$;

-- Brings balances and usage_hours up to date with the batches after the last fold, up to this one, of which the caller has the
-- sums; and forgets batches that are of no more use. 1: it did; 0: it was done before; -1: the node is ended.
create function fold(
    p_node bigint, p_batch bigint, p_payers int[], p_amounts bigint[],
    -- Hours since 1970.
    h_hours int[], h_sources int[], h_requests bigint[], h_failed bigint[], h_prompt bigint[], h_completion bigint[],
    h_cached bigint[], h_reasoning bigint[], h_images bigint[], h_audio_ms bigint[], h_characters bigint[],
    h_amounts bigint[], h_written_off bigint[], h_durations bigint[], p_done bigint[]
) returns int language plpgsql as $$
begin
    if not metering.alive(p_node) then
        return -1;
    end if;
    update metering.nodes set folded_batch = p_batch where id = p_node and folded_batch < p_batch;
    if not found then
        return 0;
    end if;
    perform metering.pay(p_node, p_payers, p_amounts);
    perform metering.roll_up(array(
        select row(timestamptz 'epoch' + h.hour * interval '1 hour', h.source, h.requests, h.failed, h.prompt, h.completion,
            h.cached, h.reasoning, h.images, h.audio_ms, h.characters, h.amount, h.written_off, h.duration)
            ::metering.usage_hours
        from unnest(h_hours, h_sources, h_requests, h_failed, h_prompt, h_completion, h_cached, h_reasoning, h_images,
            h_audio_ms, h_characters, h_amounts, h_written_off, h_durations)
            as h (hour, source, requests, failed, prompt, completion, cached, reasoning, images, audio_ms, characters, amount,
                written_off, duration)));
    delete from metering.batches where node = p_node and batch = any (p_done);
    return 1;
end $$;

-- What charges sum up to by hour and source, as usage_hours has it. A request fails if the client got nothing for it.
create view hourly as
select node, batch, date_bin('1 hour', started_at, timestamptz 'epoch') as hour, source,
    1::bigint as requests, (outcome <> 1)::int::bigint as failed, prompt, completion, cached, reasoning,
    coalesce((media ->> 'images')::bigint, 0) as images, coalesce((media ->> 'audio_ms')::bigint, 0) as audio_ms,
    coalesce((media ->> 'characters')::bigint, 0) as characters, amount, written_off, duration_ms::bigint as duration_ms
from charges;

-- Clears up after a node that is no more: its open reservations are charged as unknown, and what it had leased goes back.
-- Returns how many were charged so; null if that was done before.
create function recover(p_node bigint) returns int language plpgsql as $$
declare
    n metering.nodes;
    last bigint;
    unknowns int;
    due record;
begin
    perform pg_advisory_xact_lock(1785689458, p_node::int);
    select * into n from metering.nodes where id = p_node and ended_at is null for no key update;
    if not found then
        return null;
    end if;
    select 1 + greatest(n.folded_batch, max(batch)) into last from metering.batches where node = p_node;
    perform from metering.balances b
    where (b.ledger_account, b.node) in (
        select s.ledger_account, unnest(array[0, p_node]) from metering.balances s where s.node = p_node)
    order by b.ledger_account, b.node
    for no key update of b;

    insert into metering.charges (
        node, seq, batch, request_id, source, started_at, duration_ms, outcome, counted, attempts, prompt, completion,
        cached, reasoning, reserved, amount)
    select p_node, r.seq, last, r.request_id, r.source, metering.since_1970(r.started),
        least(2147483647, greatest(0, extract(epoch from n.seen_at - metering.since_1970(r.started)) * 1000))::int,
        3, 3, 0, 0, 0, 0, 0, r.reserved, r.unknown
    from metering.batches b
    cross join unnest(b.seqs, b.request_ids, b.sources, b.reserved, b.unknown, b.started)
        as r (seq, request_id, source, reserved, unknown, started)
    where b.node = p_node and not exists (select from metering.charges c where c.node = p_node and c.seq = r.seq);
    get diagnostics unknowns = row_count;

    select array_agg(payer) as payers, array_agg(amount) as amounts into due
    from (
        select s.payer, sum(c.amount)::bigint as amount
        from metering.charges c join metering.sources s on s.id = c.source
        where c.node = p_node and c.batch > n.folded_batch
        group by s.payer) as sums;
    perform metering.pay(p_node, coalesce(due.payers, '{}'), coalesce(due.amounts, '{}'));
    perform metering.roll_up(array(
        select row(hour, source, sum(requests), sum(failed), sum(prompt), sum(completion), sum(cached), sum(reasoning),
            sum(images), sum(audio_ms), sum(characters), sum(amount), sum(written_off), sum(duration_ms))
            ::metering.usage_hours
        from metering.hourly
        where node = p_node and batch > n.folded_batch
        group by hour, source));

    with ended as (
        delete from metering.balances where node = p_node returning ledger_account, prepaid, amount)
    insert into metering.balances as b (ledger_account, node, prepaid, amount)
    select ledger_account, 0, prepaid, amount from ended order by ledger_account
    on conflict (ledger_account, node) do update set amount = b.amount + excluded.amount;
    delete from metering.batches where node = p_node;
    update metering.nodes set ended_at = now(), folded_batch = last where id = p_node;
    return unknowns;
end $$;

-- What a ledger account has, to the last charge that was written. One snapshot.
create function balance(p_ledger_account int) returns bigint language sql stable
return (
    select coalesce(sum(amount), 0)::bigint from metering.balances where ledger_account = p_ledger_account
) + (
    select coalesce(sum(
        case when s.payer = p_ledger_account then -c.amount else 0 end
        + case when p_ledger_account = metering.house('revenue') then c.amount else 0 end), 0)::bigint
    from metering.nodes n
    join metering.charges c on c.node = n.id and c.batch > n.folded_batch
    join metering.sources s on s.id = c.source
    where n.ended_at is null
);

-- Looks for what is wrong in the ledger, all of it in one snapshot: at any moment there should be nothing. Findings are cut off
-- at 100 for each kind of them.
create function verify() returns jsonb language plpgsql stable as $$
declare
    findings jsonb := '[]';
    totals jsonb;
    part jsonb;
begin
    select jsonb_build_object(
        'balances', (select coalesce(sum(amount), 0) from metering.balances),
        'ledger_accounts', (select count(*) from metering.ledger_accounts),
        'transfers', (select count(*) from metering.transfers),
        'reservations_open', (
            select count(*) from metering.batches b cross join unnest(b.seqs) as r (seq)
            where not exists (select from metering.charges c where c.node = b.node and c.seq = r.seq)))
    into totals;
    if (totals ->> 'balances')::numeric <> 0 then
        findings := findings || jsonb_build_object('check', 'sum_is_zero', 'sum', totals -> 'balances');
    end if;

    select jsonb_agg(to_jsonb(f)) into part from (
        select 'balance_negative' as check, ledger_account, node, amount
        from metering.balances where prepaid and amount < 0 limit 100) as f;
    findings := findings || coalesce(part, '[]');

    select jsonb_agg(to_jsonb(f)) into part from (
        select 'prepaid_wrong' as check, b.ledger_account, b.node
        from metering.balances b join metering.ledger_accounts a on a.id = b.ledger_account
        where b.prepaid <> (a.kind = 'wallet') limit 100) as f;
    findings := findings || coalesce(part, '[]');

    select jsonb_agg(to_jsonb(f)) into part from (
        select 'reserved_twice' as check, b.node, r.seq, count(*) as times
        from metering.batches b cross join unnest(b.seqs) as r (seq)
        group by b.node, r.seq having count(*) > 1 limit 100) as f;
    findings := findings || coalesce(part, '[]');

    select jsonb_agg(to_jsonb(f)) into part from (
        select 'node_not_cleared' as check, n.id as node
        from metering.nodes n
        where n.ended_at is not null and (
            exists (select from metering.batches b where b.node = n.id)
            or exists (select from metering.balances b where b.node = n.id)) limit 100) as f;
    findings := findings || coalesce(part, '[]');

    -- One pass over all charges; everything else follows from these sums.
    with charged as materialized (
        select h.source, h.hour, coalesce(n.id is null, true) as lost,
            coalesce(h.batch <= n.folded_batch, false) as folded,
            sum(requests) as requests, sum(failed) as failed, sum(prompt) as prompt, sum(completion) as completion,
            sum(cached) as cached, sum(reasoning) as reasoning, sum(images) as images, sum(audio_ms) as audio_ms,
            sum(characters) as characters, sum(amount) as amount, sum(written_off) as written_off,
            sum(duration_ms) as duration_ms
        from metering.hourly h left join metering.nodes n on n.id = h.node
        group by 1, 2, 3, 4
    ), rolled as (
        select coalesce(u.hour, c.hour) as hour, coalesce(u.source, c.source) as source,
            u.requests as rolled_requests, c.requests as charges, u.amount as rolled_amount, c.amount as charged
        from metering.usage_hours u
        full join (select * from charged where folded) c on c.hour = u.hour and c.source = u.source
        where (u.requests, u.failed, u.prompt, u.completion, u.cached, u.reasoning, u.images, u.audio_ms, u.characters,
                u.amount, u.written_off, u.duration_ms)
            is distinct from (c.requests, c.failed, c.prompt, c.completion, c.cached, c.reasoning, c.images, c.audio_ms,
                c.characters, c.amount, c.written_off, c.duration_ms)
        limit 100
    ), paid as (
        select s.payer, sum(c.amount) as amount
        from charged c join metering.sources s on s.id = c.source where c.folded group by s.payer
    ), moved as (
        select id, sum(amount) as amount
        from (
            select payee as id, amount from metering.transfers
            union all select payer, -amount from metering.transfers
            union all select payer, -amount from paid
            union all select metering.house('revenue'), sum(amount) from charged where folded) as moves
        group by id
    ), balanced as (
        select coalesce(b.id, m.id) as ledger_account, coalesce(b.amount, 0) as balance, coalesce(m.amount, 0) as moves
        from (select ledger_account as id, sum(amount) as amount from metering.balances group by 1) b
        full join moved m on m.id = b.id
        where coalesce(b.amount, 0) <> coalesce(m.amount, 0)
        limit 100
    ), unknown_source as (
        select distinct c.source from charged c
        where not exists (select from metering.sources s where s.id = c.source) limit 100
    )
    select
        (select coalesce(jsonb_agg(jsonb_build_object('check', 'roll_up') || to_jsonb(r)), '[]') from rolled r)
        || (select coalesce(jsonb_agg(jsonb_build_object('check', 'balance_is_its_moves') || to_jsonb(b)), '[]') from balanced b)
        || (select coalesce(jsonb_agg(jsonb_build_object('check', 'source_missing') || to_jsonb(u)), '[]')
            from unknown_source u)
        || (select coalesce(jsonb_agg(jsonb_build_object('check', 'charge_without_node', 'source', source)), '[]')
            from charged where lost),
        totals || jsonb_build_object(
            'charges', (select coalesce(sum(requests), 0) from charged),
            'charges_not_folded', (select coalesce(sum(requests), 0) from charged where not folded),
            'charged', (select coalesce(sum(amount), 0) from charged),
            'written_off', (select coalesce(sum(written_off), 0) from charged))
    into part, totals;
    return jsonb_build_object('findings', findings || part, 'totals', totals);
end $$;
