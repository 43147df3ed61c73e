-- Fills the database with :wallets keys, each of an account of its own and with a wallet of its own. For bench/wallets.
\set ON_ERROR_STOP on
begin;
insert into accounts.tenants (id, name) values ('bench', 'Bench') on conflict do nothing;
insert into accounts.roles (id, tenant, name, rules) values ('bench', 'bench', 'Bench', '{gotthard.user.model.>}')
    on conflict do nothing;
insert into accounts.accounts (id, kind, email, name)
select 'bench-' || i, 'user', 'bench-' || i || '@example.org', 'Bench' from generate_series(1, :wallets) i
    on conflict do nothing;
insert into accounts.memberships (account, tenant)
select 'bench-' || i, 'bench' from generate_series(1, :wallets) i on conflict do nothing;
insert into accounts.role_assignments (account, tenant, role)
select 'bench-' || i, 'bench', 'bench' from generate_series(1, :wallets) i on conflict do nothing;
insert into accounts.api_keys (id, hash, account, tenant, name)
select 'bench-' || i, encode(sha256(convert_to('sk-gotthard-bench-wallet-' || i, 'UTF8')), 'hex'), 'bench-' || i, 'bench', 'Bench'
from generate_series(1, :wallets) i on conflict do nothing;

with made as (
    insert into metering.ledger_accounts (kind, owner_kind, owner, tenant, name)
    select 'wallet', 'key', 'bench-' || i, 'bench', 'Bench' from generate_series(1, :wallets) i
    where not exists (select from metering.ledger_accounts where kind = 'wallet' and owner = 'bench-' || i)
    returning id
), paid as (
    insert into metering.transfers (kind, payer, payee, amount, reference, account)
    select 'top_up', (select id from metering.ledger_accounts where kind = 'funding'), id, 1000000000000, 'bench-' || id, ''
    from made
    returning payee, amount
), filled as (
    insert into metering.balances (ledger_account, prepaid, amount) select payee, true, amount from paid
    returning amount
)
insert into metering.balances (ledger_account, prepaid, amount)
select (select id from metering.ledger_accounts where kind = 'funding'), false, -coalesce(sum(amount), 0) from filled
on conflict (ledger_account, node) do update set amount = balances.amount + excluded.amount;
commit;
analyze;
