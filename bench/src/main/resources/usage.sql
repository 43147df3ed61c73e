-- A year of ten million charges, made up: 5,000 sources of 2,000 keys of 1,000 accounts in 100 tenants, 20 models of 4 upstreams.
-- The tenants, keys and models at the beginning are used most, as in life: the first tenant has about a tenth of everything.
-- To be run on an empty ledger.
select setseed(0.42);

insert into metering.sources (key_id, account, tenant, model, upstream, operation, payer)
select 'key_' || k, 'usr_' || k / 2, 'ten_' || (100 * (k / 2000.0) ^ 2)::int, 'model-' || m, 'upstream-' || m % 4,
    case when m % 5 = 4 then 'embeddings' else 'chat' end, 1
from (
    select distinct k, (20 * random() ^ 2)::int % 20 as m
    from generate_series(0, 1999) as k, generate_series(1, 3)
    order by 1, 2) as used;

create temporary table slots as
select row_number() over () - 1 as slot, id
from metering.sources, generate_series(1, (20 + 2000 / (id ^ 0.7))::int);
create unique index on slots (slot);
analyze slots;

insert into metering.nodes (place, ended_at, folded_batch) values ('bench', now(), 1);

create temporary table charged as
select n, (random() * (select max(slot) from slots))::int as slot,
    date_trunc('hour', now()) - interval '365 days' * random() as started_at
from generate_series(1, $charges) as n
order by 3;

insert into metering.charges (
    node, seq, batch, request_id, source, started_at, duration_ms, first_token_ms, outcome, counted, attempts, prompt, completion,
    cached, reasoning, reserved, amount)
select (select max(id) from metering.nodes where place = 'bench'), c.n, 1, 'bench-' || c.n, s.id, c.started_at, 200 + c.n % 3000,
    100 + c.n % 400, case when c.n % 200 = 0 then 2 else 1 end, 0, 1, 100 + c.n % 900, 10 + c.n % 490, c.n % 100, 0, 1000000,
    100000 + c.n % 900000
from charged c join slots s on s.slot = c.slot
order by c.started_at;

insert into metering.usage_hours
select hour, source, sum(requests), sum(failed), sum(prompt), sum(completion), sum(cached), sum(reasoning), sum(images), sum(audio_ms),
    sum(characters), sum(amount), sum(written_off), sum(duration_ms)
from metering.hourly group by hour, source order by hour, source;

select metering.rebuild_usage();
vacuum analyze;
