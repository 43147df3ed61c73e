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
) with (fillfactor = 70);
-- Those whose events have to go.
create index threads_deleted on threads (number) where deleted_at is not null;

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
    -- The run that a user began, and the run in which it happened: what a reader may look for.
    display text,
    run text,
    -- For retention. The moment that people see is in the body.
    added_at timestamptz not null default now(),
    -- The event as JSON, but for its place and its thread: they are put in front when it is read.
    body text not null,
    primary key (thread, seq)
);

-- Who writes into the log: one for each process. What its last batch did is kept with it, so that a batch whose answer was lost can
-- be handed in again and does nothing.
create table writers (
    id text primary key,
    batch bigint not null default 0,
    places bigint[] not null default '{}',
    written_at timestamptz not null default now()
) with (fillfactor = 50);

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
    ready_at timestamptz default now(),
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

-- Writes a batch: appendings (threads, runs, leases, becomes, counts), each with so many events, and the events of all of them one after
-- the other (items: which appending, from 1; offsets: which event of it, from 0). Returns for each appending the place of its first event,
-- -1 if its run is not held that way any more, or -2 if its thread is gone; nothing of it is written then.
--
-- Its plans are made when the tables may still be empty, and kept. So each condition names the keys (any), and the writer allows no scans
-- of whole tables.
--
-- Locks the threads and then the runs, both in order, and holds them until the commit: so whoever sees a place sees all those before it.
create function append(
    p_writer text, p_batch bigint,
    p_threads bigint[], p_runs text[], p_leases bigint[], p_becomes text[], p_counts int[],
    p_items int[], p_offsets int[], p_types text[], p_displays text[], p_event_runs text[], p_bodies text[]
) returns bigint[] language plpgsql as $$
declare
    before record;
    firsts bigint[];
begin
    select batch, places into before from assistants.writers where id = p_writer for no key update;
    if not found then
        insert into assistants.writers (id) values (p_writer);
    elsif before.batch = p_batch then
        return before.places;
    elsif before.batch > p_batch then
        raise exception 'batch % of % was given up', p_batch, p_writer;
    end if;
    perform number from assistants.threads where number = any (p_threads) order by number for no key update;
    if array_remove(p_runs, null) <> '{}' then
        perform id from assistants.runs where id = any (p_runs) order by id for no key update;
    end if;

    select array_agg(case when verdict < 0 then verdict else last_seq + 1 + earlier end order by nr) into firsts
    from (
        select *, coalesce(sum(case when verdict = 0 then count else 0 end)
            over (partition by thread order by nr rows between unbounded preceding and 1 preceding), 0)::bigint as earlier
        from (
            select i.nr, i.thread, i.count, t.last_seq,
                case when t.number is null then -2 when i.run is not null and r.id is null then -1 else 0 end as verdict
            from unnest(p_threads, p_runs, p_leases, p_counts) with ordinality as i (thread, run, lease, count, nr)
            left join assistants.threads t on t.number = i.thread and t.number = any (p_threads) and t.deleted_at is null
            left join assistants.runs r on r.id = i.run and r.id = any (p_runs) and r.thread = i.thread and r.lease = i.lease
                and r.status in ('queued', 'in_progress')
        ) judged
    ) placed;

    update assistants.threads t set last_seq = t.last_seq + n.count, updated_at = now()
    from (
        select thread, sum(count) as count from unnest(p_threads, p_counts, firsts) as i (thread, count, first)
        where first > 0 group by thread
    ) n where t.number = n.thread and t.number = any (p_threads) and n.count > 0;

    insert into assistants.events (thread, seq, type, display, run, body)
    select p_threads[e.item], firsts[e.item] + e.place, e.type, e.display, e.run, e.body
    from unnest(p_items, p_offsets, p_types, p_displays, p_event_runs, p_bodies) as e (item, place, type, display, run, body)
    where firsts[e.item] > 0;

    if 'run.created' = any (p_types) then
        update assistants.runs r set first_seq = firsts[e.item] + e.place
        from unnest(p_items, p_offsets, p_types, p_event_runs) as e (item, place, type, run)
        where r.id = e.run and r.id = any (p_event_runs) and e.type = 'run.created' and firsts[e.item] > 0;
    end if;
    if array_remove(p_becomes, null) <> '{}' then
        update assistants.runs r set
            status = b.becomes,
            ended_at = case when b.becomes in ('queued', 'in_progress', 'requires_action') then null else now() end,
            lease = r.lease + case when b.becomes = 'in_progress' then 0 else 1 end,
            node = case when b.becomes = 'in_progress' then r.node end,
            leased_until = case when b.becomes = 'in_progress' then r.leased_until end,
            ready_at = case b.becomes when 'in_progress' then r.ready_at when 'queued' then now() end
        from unnest(p_runs, p_becomes, firsts) as b (run, becomes, first)
        where r.id = b.run and r.id = any (p_runs) and b.becomes is not null and b.first > 0;
    end if;

    -- A notification takes 8,000 bytes.
    perform pg_notify('assistants_events', p_writer || ' ' || told) from (
        select string_agg(thread || ':' || last, ' ') as told from (
            select thread, max(first + count - 1) as last, (row_number() over () - 1) / 150 as part
            from unnest(p_threads, p_counts, firsts) as i (thread, count, first)
            where first > 0 and count > 0 group by thread
        ) written group by part
    ) parts;
    update assistants.writers set batch = p_batch, places = firsts, written_at = now() where id = p_writer;
    return firsts;
end $$;

-- Who follows a thread is told that it is gone.
create function tell_deleted() returns trigger language plpgsql as $$
begin
    perform pg_notify('assistants_events', '- ' || old.number || ':0');
    return null;
end $$;
create trigger threads_deleted after update of deleted_at on threads
    for each row when (old.deleted_at is null and new.deleted_at is not null) execute function assistants.tell_deleted();
create trigger threads_removed after delete on threads
    for each row when (old.deleted_at is null) execute function assistants.tell_deleted();

-- Takes away some events of a deleted thread, and at last the thread. Returns how many rows went; null if another node is at it.
create function purge(p_pieces int) returns bigint language plpgsql as $$
declare
    gone bigint;
    empty bigint;
    chosen bigint;
begin
    if not pg_try_advisory_xact_lock(1785689459, 1) then
        return null;
    end if;
    select number into chosen from assistants.threads where deleted_at is not null order by number limit 1;
    if not found then
        return 0;
    end if;
    delete from assistants.events where thread = chosen and seq in (
        select seq from assistants.events where thread = chosen order by seq limit p_pieces);
    get diagnostics gone = row_count;
    if gone < p_pieces then
        delete from assistants.threads where number = chosen;
        get diagnostics empty = row_count;
        gone := gone + empty;
    end if;
    return gone;
end $$;

-- Takes the events away that were added before a moment, of some threads behind a number and some of each. What runs that go on have
-- said stays. Returns the last thread that is done with; null if there is none, or another node is at it.
create function expire(p_before timestamptz, p_after bigint, p_threads int, p_pieces int) returns bigint language plpgsql as $$
declare
    chosen record;
    last bigint;
    keep bigint;
    gone bigint;
begin
    if not pg_try_advisory_xact_lock(1785689459, 2) then
        return null;
    end if;
    for chosen in
        select number from assistants.threads
        where number > p_after and created_at < p_before and deleted_at is null
            and (select added_at from assistants.events where thread = number order by seq limit 1) < p_before
        order by number limit p_threads
    loop
        last := chosen.number;
        -- Nobody reads below first_seq any more when the events go.
        select e.seq + 1 into keep from (
            select seq, added_at from assistants.events where thread = chosen.number order by seq limit p_pieces
        ) e where e.added_at < p_before order by e.seq desc limit 1;
        if found then
            select least(keep, min(r.first_seq)) into keep from assistants.runs r
            where r.thread = chosen.number and r.status in ('queued', 'in_progress', 'requires_action');
            update assistants.threads set first_seq = keep where number = chosen.number and first_seq < keep;
            delete from assistants.events where thread = chosen.number and seq < keep;
            get diagnostics gone = row_count;
            if gone = p_pieces then
                return chosen.number - 1;
            end if;
        end if;
    end loop;
    return last;
end $$;

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
