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
    -- The place of its run.created: what was said before is what it knows of the thread.
    first_seq bigint not null,
    -- What is shown together: the run that the user began, with all that it began.
    display text not null,
    parent text,
    -- The call of the parent that it answers.
    parent_call text,
    root text not null,
    depth integer not null default 0,
    agent_class text not null,
    agent text not null,
    agent_tenant text not null,
    agent_version integer not null,
    -- The agent as it was then: a run goes on with what it began with.
    definition jsonb not null,
    status text not null check (status in
        ('queued', 'in_progress', 'requires_action', 'completed', 'failed', 'cancelled', 'expired')),
    -- The request that began the tree: all that it costs is on the bill of that request.
    request_id text not null,
    -- Who it works for: credential, account and tenant. What they may do is looked up each time it is taken.
    caller jsonb not null,
    -- What else it was begun with: input, functions of its caller, other parameters.
    request jsonb not null,
    limits jsonb not null,
    -- What it and all that it began used up.
    steps integer not null default 0,
    prompt_tokens bigint not null default 0,
    completion_tokens bigint not null default 0,
    cached_tokens bigint not null default 0,
    reasoning_tokens bigint not null default 0,
    cost numeric(30, 9) not null default 0,
    output jsonb,
    error jsonb,
    -- How often it was taken up after its worker was lost, and the first time.
    attempt integer not null default 0,
    -- Who holds it. The number grows each time it is taken: what an earlier holder still writes is refused.
    lease bigint not null default 0,
    node text,
    leased_until timestamptz,
    -- Something came that it may be waiting for, since it was taken.
    woken boolean not null default false,
    -- From when on it may be taken.
    ready_at timestamptz not null default now(),
    -- Until when it has to be done; while it waits for people, the time that is left is kept instead.
    deadline timestamptz,
    left_ms bigint not null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz
);
create index runs_to_take on runs (agent_class, ready_at) where status in ('queued', 'in_progress');
create index runs_with_deadline on runs (deadline) where status in ('queued', 'requires_action') and deadline is not null;
create index runs_of_a_thread on runs (thread, created_at desc, id desc);
create index runs_of_a_tree on runs (root);

-- What each call of a model consumed: what is asked for again after a crash is counted once.
create table run_steps (
    run text not null references runs on delete cascade,
    step integer not null,
    model text not null,
    prompt_tokens bigint not null,
    completion_tokens bigint not null,
    cached_tokens bigint not null,
    reasoning_tokens bigint not null,
    cost numeric(30, 9) not null,
    receipt text,
    primary key (run, step)
);

-- What runs ask people, and the functions of their callers. A run that waits for one holds nothing but its row.
create table tasks (
    id text primary key,
    run text not null references runs on delete cascade,
    thread bigint not null references threads on delete cascade,
    call_id text not null,
    kind text not null check (kind in ('input', 'confirmation', 'choice', 'approval', 'function')),
    request jsonb not null,
    answer jsonb,
    answered_by text,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    -- Answered, expired, or its run has ended.
    closed_at timestamptz,
    unique (run, call_id)
);
create index tasks_open on tasks (thread) where closed_at is null;
create index tasks_that_expire on tasks (expires_at) where closed_at is null and expires_at is not null;
-- What a run knows of its thread is read without what is only shown.
create index events_of_conversations on events (thread, seq)
    where type in ('message.created', 'tool.returned', 'agent.returned');

-- Writes events of one thread in a transaction that changes something else as well, and returns the place of the first. The thread is
-- locked by then, before any run is: who locks both does it in this order, and runs in the order of their ids.
create function tell(p_thread bigint, p_types text[], p_displays text[], p_runs text[], p_bodies text[]) returns bigint language plpgsql as $$
declare
    count int := cardinality(p_types);
    last bigint;
begin
    update assistants.threads set last_seq = last_seq + count, updated_at = now() where number = p_thread returning last_seq into last;
    insert into assistants.events (thread, seq, type, display, run, body)
    select p_thread, last - count + e.nr, e.type, e.display, e.run, e.body
    from unnest(p_types, p_displays, p_runs, p_bodies) with ordinality as e (type, display, run, body, nr);
    perform pg_notify('assistants_events', '- ' || p_thread || ':' || last);
    return last - count + 1;
end $$;
