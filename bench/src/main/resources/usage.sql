-- A year of ten million charges, made up: 5,000 sources of 2,000 keys of 1,000 accounts in 100 tenants, 20 models of 4 upstreams.
-- The tenants, keys and models at the beginning are used most, as in life: the first tenant has about a tenth of everything.
-- To be run on an empty ledger.
set work_mem = '1GB';
set maintenance_work_mem = '1GB';
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

-- The charges themselves are not needed: usage is never read from them.
insert into metering.usage_hours
select c.hour, s.id, count(*), count(*) filter (where c.n % 200 = 0), sum(100 + c.n % 900), sum(10 + c.n % 490), sum(c.n % 100), 0, 0, 0, 0,
    sum(100000 + c.n % 900000), 0, sum(200 + c.n % 3000)
from (
    select n, (random() * (select max(slot) from slots))::int as slot,
        date_trunc('hour', now()) - 3600 * floor(8760 * random()) * interval '1 second' as hour
    from generate_series(1, $charges) as n) as c
join slots s on s.slot = c.slot
group by c.hour, s.id
order by c.hour, s.id;

select metering.rebuild_usage();
vacuum analyze;
