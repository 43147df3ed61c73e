-- What a charge is for, in more words: who answered need not be what was asked for, and where that is may be limited.

alter table sources
    -- The model that was asked for, if another one answered; else empty.
    add column asked  text not null default '',
    -- Where the upstream is; empty if nobody knows.
    add column region text not null default '',
    -- The regions in which the request might be answered, with commas; empty if that was not limited.
    add column policy text not null default '';

do $$
begin
    execute (select format('alter table metering.sources drop constraint %I', conname)
        from pg_constraint where conrelid = 'metering.sources'::regclass and contype = 'u');
end $$;
alter table sources
    add constraint sources_words
    unique nulls not distinct (key_id, account, tenant, model, upstream, operation, price, payer, asked, region, policy);

-- The numbers of sources, in the order they are asked for; those that are new get one.
create function source_ids(
    p_key_ids text[], p_accounts text[], p_tenants text[], p_models text[], p_upstreams text[], p_operations text[],
    p_prices bigint[], p_payers int[], p_asked text[], p_regions text[], p_policies text[]
) returns int[] language plpgsql as $$
begin
    insert into metering.sources
        (key_id, account, tenant, model, upstream, operation, price, payer, asked, region, policy)
    select distinct w.*
    from unnest(p_key_ids, p_accounts, p_tenants, p_models, p_upstreams, p_operations, p_prices, p_payers, p_asked, p_regions,
        p_policies) as w (key_id, account, tenant, model, upstream, operation, price, payer, asked, region, policy)
    where not exists (
        select from metering.sources s
        where (s.key_id, s.account, s.tenant, s.model, s.upstream, s.operation, s.payer, s.asked, s.region, s.policy)
            = (w.key_id, w.account, w.tenant, w.model, w.upstream, w.operation, w.payer, w.asked, w.region, w.policy)
            and s.price is not distinct from w.price)
    order by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    on conflict do nothing;
    return array(
        select s.id
        from unnest(p_key_ids, p_accounts, p_tenants, p_models, p_upstreams, p_operations, p_prices, p_payers, p_asked,
            p_regions, p_policies)
            with ordinality as w (key_id, account, tenant, model, upstream, operation, price, payer, asked, region, policy,
                place)
        join metering.sources s
            on (s.key_id, s.account, s.tenant, s.model, s.upstream, s.operation, s.payer, s.asked, s.region, s.policy)
            = (w.key_id, w.account, w.tenant, w.model, w.upstream, w.operation, w.payer, w.asked, w.region, w.policy)
            and s.price is not distinct from w.price
        order by w.place);
end $$;

-- As nodes of the version before ask for them.
create or replace function source_ids(
    p_key_ids text[], p_accounts text[], p_tenants text[], p_models text[], p_upstreams text[], p_operations text[],
    p_prices bigint[], p_payers int[]
) returns int[] language sql as $$
    select metering.source_ids(p_key_ids, p_accounts, p_tenants, p_models, p_upstreams, p_operations, p_prices, p_payers,
        none, none, none)
    from (select array_fill(''::text, array[cardinality(p_key_ids)]) as none) as n
$$;
