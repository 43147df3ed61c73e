-- Threads, who belongs to them, and the log of what happened in each: docs/decisions/0015-the-log-is-the-truth.md.

create table threads (
    number bigint generated always as identity primary key,
    id text not null unique,
    -- Empty for a system administrator without a tenant.
    tenant text not null,
    owner text not null,
    title text not null default '',
    metadata jsonb not null default '{}',
    archived boolean not null default false,
    -- Counts the changes of what is here, not those of the log: the ETag.
    version integer not null default 1,
    forked_from text,
    forked_at bigint,
    -- The place of the last event. Whoever adds some locks the row, so that places have neither gaps nor doubles.
    last_seq bigint not null default 0,
    -- The first one that retention has left.
    first_seq bigint not null default 1,
    -- From then on it is as unknown as one that never was; its events go in the background.
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table members (
    thread bigint not null references threads on delete cascade,
    account text not null,
    -- owner, editor or reader
    role text not null check (role in ('owner', 'editor', 'reader')),
    added_at timestamptz not null default now(),
    primary key (thread, account)
);
create index members_by_account on members (account, thread desc);

-- No index but the key: an event costs one row and one place in one index, however many there are.
create table events (
    thread bigint not null,
    seq bigint not null,
    type text not null,
    run text,
    -- The event as JSON, but for the members that are columns here or the thread's: they are put in front when it is read.
    body text not null,
    primary key (thread, seq)
);

create table runs (
    id text primary key,
    thread bigint not null references threads on delete cascade,
    -- What is shown together: the run that the user began, with all that it began.
    display text not null,
    parent text,
    root text not null,
    depth integer not null default 0,
    agent_class text not null,
    agent text not null,
    agent_version integer,
    status text not null check (status in
        ('queued', 'in_progress', 'requires_action', 'completed', 'failed', 'cancelled', 'expired')),
    cancelling boolean not null default false,
    -- The request that began the tree: all that it costs is on the bill of that request.
    request_id text not null,
    -- Who it works for: credential, account and tenant. What they may do is looked up each time it is taken.
    caller jsonb not null,
    input jsonb not null,
    limits jsonb not null,
    usage jsonb not null default '{}',
    error jsonb,
    attempt integer not null default 0,
    -- Who holds it. The number grows each time it is taken: what an earlier holder still writes is refused.
    lease bigint not null default 0,
    node text,
    leased_until timestamptz,
    -- From when on it may be taken, again if its holder fell silent.
    ready_at timestamptz,
    deadline timestamptz,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz
);
create index runs_to_take on runs (agent_class, ready_at) where status in ('queued', 'in_progress');
create index runs_of_a_thread on runs (thread, created_at desc);
create index runs_of_a_tree on runs (root);

-- What runs ask people. A run that waits for one holds nothing but its row.
create table tasks (
    id text primary key,
    run text not null references runs on delete cascade,
    thread bigint not null references threads on delete cascade,
    kind text not null check (kind in ('input', 'confirmation', 'choice', 'approval')),
    request jsonb not null,
    answer jsonb,
    answered_by text,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    answered_at timestamptz
);
create index tasks_open on tasks (thread) where answered_at is null;
create index tasks_of_a_run on tasks (run);
