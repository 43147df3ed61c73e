-- What concerns single accounts, told to all nodes: to whom, and what it is about, but nothing of what was said. Who misses it finds it
-- in the log, in the runs and in the tasks.
create function notice(p_thread bigint, p_accounts text[], p_what jsonb) returns void language plpgsql as $$
declare
    found record;
begin
    select id, tenant into found from assistants.threads where number = p_thread and deleted_at is null;
    if found.id is null or cardinality(p_accounts) = 0 then
        return;
    end if;
    -- A notification takes 8,000 bytes.
    perform pg_notify('assistants_notices', jsonb_build_object(
        'tenant', found.tenant,
        'accounts', to_jsonb(p_accounts[part : part + 19]),
        'notification', p_what || jsonb_build_object('thread_id', found.id))::text)
    from generate_series(1, cardinality(p_accounts), 20) part;
end $$;

create function notice_member() returns trigger language plpgsql as $$
declare
    changed assistants.members := case tg_op when 'DELETE' then old else new end;
begin
    perform assistants.notice(changed.thread, array[changed.account], case tg_op
        when 'DELETE' then jsonb_build_object('type', 'member.removed')
        when 'INSERT' then jsonb_build_object('type', 'member.added', 'role', changed.role)
        else jsonb_build_object('type', 'member.changed', 'role', changed.role) end);
    return null;
end $$;
create trigger notice_member after insert or delete or update of role on members
    for each row execute function notice_member();

-- Who can answer is told that somebody is asked, and that nobody has to any more.
create function notice_task() returns trigger language plpgsql as $$
begin
    perform assistants.notice(
        new.thread,
        array(select account from assistants.members where thread = new.thread and role in ('owner', 'editor') order by account),
        jsonb_build_object('run_id', new.run, 'task_id', new.id, 'kind', new.kind) || case
            when new.closed_at is null then jsonb_build_object('type', 'task.opened')
            else jsonb_build_object('type', 'task.closed', 'status', case
                when new.answer is not null then 'answered'
                when new.expires_at < now() then 'expired'
                else 'closed' end) end);
    return null;
end $$;
create trigger notice_task_opened after insert on tasks
    for each row when (new.kind <> 'function') execute function notice_task();
create trigger notice_task_closed after update of closed_at on tasks
    for each row when (new.kind <> 'function' and old.closed_at is null and new.closed_at is not null) execute function notice_task();

-- Who began a run is told that it has ended, as long as they belong to its thread.
create function notice_run() returns trigger language plpgsql as $$
begin
    perform assistants.notice(
        new.thread,
        array(select account from assistants.members where thread = new.thread and account = new.caller ->> 'account'),
        jsonb_build_object('type', 'run.ended', 'run_id', new.id, 'status', new.status));
    return null;
end $$;
create trigger notice_run after update of status on runs
    for each row when (new.depth = 0 and old.status in ('queued', 'in_progress', 'requires_action')
        and new.status in ('completed', 'failed', 'cancelled', 'expired')) execute function notice_run();
