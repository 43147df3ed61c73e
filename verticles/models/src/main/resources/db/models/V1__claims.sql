-- Which requests with an Idempotency-Key are or were asked by which node, so that no other node asks them again; see
-- docs/decisions/0011-idempotency.md. Answers stay with the node that asked, unless another one wants them.

create table nodes (
    id      bigint generated always as identity primary key,
    -- Whoever is silent for 15 seconds holds no claims any more.
    seen_at timestamptz not null default now()
);

create table claims (
    -- SHA-256 of who asks and the key they chose.
    id           bytea primary key,
    -- SHA-256 of what they ask.
    print        bytea not null,
    node         bigint not null,
    begun_at     timestamptz not null default now(),
    -- Infinity until the answer is complete.
    ends_at      timestamptz not null default 'infinity',
    -- Whether another node waits for the answer.
    wanted       boolean not null default false,
    -- Whether it was not kept.
    gone         boolean not null default false,
    -- The answer, if another node wanted it.
    status       int,
    content_type text,
    headers      jsonb,
    streaming    boolean,
    body         bytea
) with (fillfactor = 80);
create index claims_wanted on claims (node) where wanted;
