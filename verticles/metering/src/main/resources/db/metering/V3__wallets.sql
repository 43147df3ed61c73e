-- Wallets: who pays, how a node gets hold of money, and how money gets into them.

-- Whoever administers one tenant must not stand in the way of another where an account belongs to both.
drop index ledger_accounts_owner;
create unique index ledger_accounts_owner on ledger_accounts (owner_kind, owner, coalesce(tenant, ''), kind)
    where closed_at is null;

-- What there was after the last time money came in, and how much of that was said to be used: 0, 50, 80 or 100 percent.
alter table ledger_accounts
    add column filled bigint not null default 0,
    add column warned smallint not null default 0;

-- What a node asked for last, and what moved then: a node that got no answer asks again and nothing moves twice. Questions of a node
-- have rising numbers.
alter table balances
    add column op    bigint not null default 0,
    add column moved bigint not null default 0;

create table vouchers (
    id          bigint generated always as identity primary key,
    -- SHA-256 of the code, which is random: nobody who reads this can redeem it.
    hash        bytea not null unique,
    amount      bigint not null check (amount > 0),
    note        text not null default '',
    expires_at  timestamptz,
    created_at  timestamptz not null default now(),
    created_by  text not null,
    redeemed_at timestamptz,
    redeemed_by text,
    wallet      int references ledger_accounts,
    check ((redeemed_at is null) = (wallet is null))
);

-- Whose wallet pays.
create index sources_payer on sources (payer);

-- Who pays for what a key does: the key's wallet, else the account's, else the tenant's; else it is owed, by the tenant or, outside
-- of all tenants, by the account.
create function standing(for_key text, for_account text, for_tenant text)
    returns table (payer int, kind text, outage text, grace_allowance bigint)
    language plpgsql
as $$
#variable_conflict use_column
declare
    found_id int;
    debtor_kind text := case when for_tenant = '' then 'account' else 'tenant' end;
    debtor text := case when for_tenant = '' then for_account else for_tenant end;
begin
    select a.id into found_id from metering.ledger_accounts a
    where a.kind = 'wallet' and a.closed_at is null
        and (a.owner_kind, a.owner) in (('key', for_key), ('account', for_account), ('tenant', for_tenant))
        and (a.tenant is null or a.tenant = for_tenant)
    order by array_position(array['key', 'account', 'tenant'], a.owner_kind), a.tenant nulls last
    limit 1;
    if found_id is null then
        select a.id into found_id from metering.ledger_accounts a
        where a.kind = 'receivable' and a.owner_kind = debtor_kind and a.owner = debtor and a.closed_at is null
            and coalesce(a.tenant, '') = for_tenant;
    end if;
    if found_id is null then
        insert into metering.ledger_accounts (kind, owner_kind, owner, tenant, name)
        values ('receivable', debtor_kind, debtor, nullif(for_tenant, ''), 'Owed')
        on conflict (owner_kind, owner, coalesce(tenant, ''), kind) where closed_at is null
            do update set name = excluded.name
        returning id into found_id;
    end if;
    return query select a.id, a.kind, a.outage, a.grace_allowance from metering.ledger_accounts a where a.id = found_id;
end $$;

-- Moves money of a wallet to a node: at least what it needs, or nothing; at most a quarter of what is there, unless it needs more. If
-- there is not enough, answers which other nodes have some; if asked to, these are told to give it back.
create function lease(for_node bigint, wallet int, this_op bigint, needed bigint, wanted bigint, recall boolean,
    out taken bigint, out holders bigint[])
    language plpgsql
as $$
declare
    free bigint;
    last_op bigint;
begin
    if not metering.alive(for_node) then
        raise exception 'node % has ended', for_node using errcode = 'GM001';
    end if;
    select b.amount into free from metering.balances b join metering.ledger_accounts a on a.id = b.ledger_account
    where b.ledger_account = wallet and b.node = 0 and a.kind = 'wallet' and a.closed_at is null
    for update of b;
    select b.op, b.moved into last_op, taken from metering.balances b
    where b.ledger_account = wallet and b.node = for_node;
    if last_op >= this_op then
        taken := case when last_op = this_op then taken else 0 end;
        return;
    end if;
    taken := greatest(needed, least(wanted, coalesce(free, 0) / 4));
    if free is null or taken > free then
        taken := 0;
        select array_agg(b.node) into holders from metering.balances b
        where b.ledger_account = wallet and b.node not in (0, for_node) and b.amount > 0;
        if recall and holders is not null then
            perform pg_notify('metering_wallets', 'recall ' || wallet || ' ' || array_to_string(holders, ','));
        end if;
        return;
    end if;
    if taken > 0 then
        update metering.balances set amount = amount - taken where ledger_account = wallet and node = 0;
    end if;
    insert into metering.balances as b (ledger_account, node, prepaid, amount, op, moved)
    values (wallet, for_node, true, taken, this_op, taken)
    on conflict (ledger_account, node) do update
        set amount = b.amount + excluded.amount, op = excluded.op, moved = excluded.moved;
end $$;

-- Moves what a node does not need back to the wallets; in the order of wallets, as everybody does.
create function give_back(for_node bigint, wallets int[], ops bigint[], amounts bigint[], recalled boolean)
    returns void language plpgsql
as $$
declare
    given record;
begin
    if not metering.alive(for_node) then
        raise exception 'node % has ended', for_node using errcode = 'GM001';
    end if;
    for given in
        select w.wallet, w.op, w.amount from unnest(wallets, ops, amounts) as w (wallet, op, amount) order by w.wallet
    loop
        perform from metering.balances where ledger_account = given.wallet and node = 0 for update;
        update metering.balances set amount = amount - given.amount, op = given.op, moved = given.amount
        where ledger_account = given.wallet and node = for_node and op < given.op;
        if found then
            update metering.balances set amount = amount + given.amount where ledger_account = given.wallet and node = 0;
        end if;
        if recalled then
            perform pg_notify('metering_wallets', 'back ' || given.wallet || ' ' || for_node);
        end if;
    end loop;
end $$;

-- Moves money once for each reference. Answers the transfer, and whether it is new; nothing if the reference was for another one.
create function transfer(this_kind text, from_account int, to_account int, this_amount bigint, this_reference text, by_account text,
    this_note text, out id bigint, out at timestamptz, out new boolean)
    language plpgsql
as $$
declare
    wallet int;
begin
    insert into metering.transfers as t (kind, payer, payee, amount, reference, account, note)
    values (this_kind, from_account, to_account, this_amount, this_reference, by_account, this_note)
    on conflict (kind, reference) do nothing
    returning t.id, t.at into id, at;
    new := id is not null;
    if not new then
        select t.id, t.at into id, at from metering.transfers t
        where t.kind = this_kind and t.reference = this_reference and t.payer = from_account and t.payee = to_account
            and t.amount = this_amount;
        return;
    end if;
    insert into metering.balances (ledger_account, prepaid)
    select a.id, a.kind = 'wallet' from metering.ledger_accounts a where a.id in (from_account, to_account)
    on conflict (ledger_account, node) do nothing;
    -- The wallet first: all wallets share the other side.
    update metering.balances b set amount = b.amount + case b.ledger_account when to_account then this_amount else -this_amount end
    where b.node = 0 and b.prepaid and b.ledger_account in (from_account, to_account);
    update metering.balances b set amount = b.amount + case b.ledger_account when to_account then this_amount else -this_amount end
    where b.node = 0 and not b.prepaid and b.ledger_account in (from_account, to_account);
    select a.id into wallet from metering.ledger_accounts a where a.id = to_account and a.kind = 'wallet';
    if wallet is not null then
        update metering.ledger_accounts a
        set filled = (select sum(b.amount) from metering.balances b where b.ledger_account = wallet), warned = 0
        where a.id = wallet;
        perform pg_notify('metering_wallets', 'money ' || wallet);
    end if;
end $$;

-- Marks what the wallets have used up since they were last filled, and answers those that have got past 50, 80 or 100 percent since.
create function used_up(wallets int[], refused int[])
    returns table (wallet int, owner_kind text, owner text, tenant text, name text, percent smallint, balance bigint, filled bigint)
    language sql
as $$
    update metering.ledger_accounts a set warned = w.percent
    from (
        select l.id, sum(b.amount)::bigint as balance,
            (case
                when l.id = any (refused) or sum(b.amount) <= 0 then 100
                when sum(b.amount) <= l.filled * 0.2 then 80
                when sum(b.amount) <= l.filled * 0.5 then 50
                else 0
            end)::smallint as percent
        from metering.ledger_accounts l join metering.balances b on b.ledger_account = l.id
        where l.id = any (wallets) and l.kind = 'wallet' and l.filled > 0 and l.closed_at is null
        group by l.id
    ) w
    where a.id = w.id and a.warned < w.percent
    returning a.id, a.owner_kind, a.owner, a.tenant, a.name, w.percent, w.balance, a.filled
$$;
