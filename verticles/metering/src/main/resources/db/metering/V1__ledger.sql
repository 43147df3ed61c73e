-- The ledger. All amounts are whole numbers of nanos: billionths of one unit of the currency.

-- A process that admits requests. A process that starts is a new node, also where one was before.
create table nodes (
    id           bigint generated always as identity primary key,
    -- The folder that it spools to while the database is away, by the id in it: whoever has it next may clear up after it.
    place        text not null,
    started_at   timestamptz not null default now(),
    seen_at      timestamptz not null default now(),
    -- Charges of batches up to this one are in balances and usage_hours.
    folded_batch bigint not null default 0,
    -- Charges of later batches have at least this number.
    folded_seq   bigint not null default 0,
    -- When it left, or was found to be dead and cleared up after. Nothing is posted for it any more.
    ended_at     timestamptz
);
create index nodes_alive on nodes (seen_at) where ended_at is null;

-- What money moves between. A wallet is money that was paid before; a receivable is owed by a tenant that has no wallet.
create table ledger_accounts (
    id              int generated always as identity primary key,
    kind            text not null check (kind in ('wallet', 'receivable', 'revenue', 'funding')),
    -- The key, account or tenant whose requests it pays; the most special one pays.
    owner_kind      text check (owner_kind in ('key', 'account', 'tenant')),
    owner           text,
    -- The tenant whose administrators see it.
    tenant          text,
    name            text not null default '' check (length(name) <= 100),
    -- What happens while the database is away: 'strict' refuses, 'grace' goes on up to grace_allowance for each node.
    outage          text not null default 'strict' check (outage in ('strict', 'grace')),
    grace_allowance bigint not null default 0 check (grace_allowance >= 0),
    created_at      timestamptz not null default now(),
    closed_at       timestamptz,
    check ((kind in ('wallet', 'receivable')) = (owner is not null)),
    check ((owner is null) = (owner_kind is null))
);
create unique index ledger_accounts_owner on ledger_accounts (owner_kind, owner, kind) where closed_at is null;
create index ledger_accounts_tenant on ledger_accounts (tenant, id);

-- How much there is. A wallet's money is in the row of node 0, but for what nodes have taken as their allowance: that is in
-- theirs. What is not a wallet has a row for each node that posts to it, so that nodes need not wait for each other.
create table balances (
    ledger_account int not null references ledger_accounts,
    node           bigint not null default 0,
    prepaid        boolean not null,
    amount         bigint not null default 0,
    primary key (ledger_account, node),
    check (not prepaid or amount >= 0)
) with (fillfactor = 70);

-- What moved besides charges.
create table transfers (
    id         bigint generated always as identity primary key,
    at         timestamptz not null default clock_timestamp(),
    kind       text not null check (kind in ('top_up', 'voucher', 'payment', 'refund', 'adjustment')),
    payer      int not null references ledger_accounts,
    payee      int not null references ledger_accounts check (payee <> payer),
    amount     bigint not null check (amount > 0),
    -- What makes it happen once only: the voucher, the payment's id, the client's idempotency key.
    reference  text not null,
    account    text not null,
    note       text not null default '',
    unique (kind, reference)
);
create index transfers_payer on transfers (payer, id);
create index transfers_payee on transfers (payee, id);

-- Prices never change: a new one begins when the last one ends.
create table prices (
    id          bigint generated always as identity primary key,
    model       text not null,
    -- Nanos for a million tokens, an image, a second, a million characters, a request: by what is priced; see Price.java.
    rates       jsonb not null,
    valid_from  timestamptz not null,
    valid_until timestamptz check (valid_until > valid_from),
    created_at  timestamptz not null default now(),
    created_by  text not null
);
create unique index prices_model on prices (model, valid_from);

-- Whom and what a charge is for: all of its words, so that charges are numbers.
create table sources (
    id        int generated always as identity primary key,
    key_id    text not null,
    account   text not null,
    tenant    text not null,
    model     text not null,
    upstream  text not null,
    operation text not null,
    price     bigint references prices,
    payer     int not null references ledger_accounts,
    unique nulls not distinct (key_id, account, tenant, model, upstream, operation, price, payer)
);
create index sources_tenant on sources (tenant);
create index sources_account on sources (account);

-- What a node posted: the reservations of one batch. A row that has none left which is not charged is deleted; the last one of a node is
-- kept, because it says how far the node got.
create table batches (
    node        bigint not null references nodes,
    batch       bigint not null,
    seqs        bigint[] not null,
    request_ids text[] not null,
    sources     int[] not null,
    reserved    bigint[] not null,
    -- What is charged if nobody ever says what the request consumed.
    unknown     bigint[] not null,
    started     timestamptz[] not null,
    primary key (node, batch)
);

-- Every admitted request ends here, exactly once.
create table charges (
    node          bigint not null,
    seq           bigint not null,
    batch         bigint not null,
    request_id    text not null,
    source        int not null,
    started_at    timestamptz not null,
    duration_ms   int not null,
    first_token_ms int,
    -- 1 settled, 2 released, 3 unknown: see Charge.java.
    outcome       smallint not null,
    -- Who counted, as the position in Usage.Source.
    counted       smallint not null,
    attempts      smallint not null,
    prompt        bigint not null,
    completion    bigint not null,
    cached        bigint not null,
    reasoning     bigint not null,
    media         jsonb,
    reserved      bigint not null,
    amount        bigint not null check (amount >= 0),
    -- What it cost beyond what the wallet had.
    written_off   bigint not null default 0,
    primary key (node, seq)
);
create index charges_request on charges (request_id);

create table usage_hours (
    hour        timestamptz not null,
    source      int not null,
    requests    bigint not null default 0,
    failed      bigint not null default 0,
    prompt      bigint not null default 0,
    completion  bigint not null default 0,
    cached      bigint not null default 0,
    reasoning   bigint not null default 0,
    images      bigint not null default 0,
    audio_ms    bigint not null default 0,
    characters  bigint not null default 0,
    amount      bigint not null default 0,
    written_off bigint not null default 0,
    duration_ms bigint not null default 0,
    primary key (hour, source)
);
create index usage_hours_source on usage_hours (source, hour);

insert into ledger_accounts (kind, name) values ('revenue', 'Revenue'), ('funding', 'Funding');
