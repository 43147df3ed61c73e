-- Tickets for sockets, each good once and for some seconds. Of a ticket only its hash is here: who reads this table can't use one.
create table tickets (
    hash text primary key,
    -- Whose it is: the key, the account and the tenant, whose rights are looked up when it is used.
    key_id text not null,
    account text not null,
    tenant text not null,
    expires_at timestamptz not null
);
create index tickets_by_end on tickets (expires_at);
