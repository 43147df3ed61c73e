-- A batch is written for every few requests, so what it costs is counted in microseconds.

-- A batch is read only when its node has died; compressing it would cost more than the space.
alter table batches set (toast_tuple_target = 8160);
alter table batches
    alter seqs set storage external, alter request_ids set storage external, alter sources set storage external,
    alter reserved set storage external, alter unknown set storage external, alter started set storage external;

-- Writes a batch. 1: it is written; 0: it was before; -1: the node is ended. Arrays are empty where all charges have 0 or nothing.
create function post(
    p_node bigint, p_batch bigint,
    p_seqs bigint[], p_request_ids text[], p_sources int[], p_reserved bigint[], p_unknown bigint[], p_started bigint[],
    c_seqs bigint[], c_request_ids text[], c_sources int[], c_started bigint[], c_durations int[], c_first_tokens int[],
    -- The outcome in the lowest four bits, counted in the next four, above them the attempts.
    c_ends int[],
    c_prompt bigint[], c_completion bigint[], c_cached bigint[], c_reasoning bigint[], c_media jsonb[], c_reserved bigint[],
    c_amounts bigint[], c_written_off bigint[]
) returns int language plpgsql as $$
declare
    folded bigint;
begin
    -- An expression costs a tenth of a query, and hardly ever has to wait.
    if not pg_try_advisory_xact_lock_shared(1785689458, p_node::int) then
        perform pg_advisory_xact_lock_shared(1785689458, p_node::int);
    end if;
    select folded_batch into folded from metering.nodes where id = p_node and ended_at is null;
    if not found then
        return -1;
    elsif p_batch <= folded then
        return 0;
    end if;
    insert into metering.batches (node, batch, seqs, request_ids, sources, reserved, unknown, started)
    values (p_node, p_batch, p_seqs, p_request_ids, p_sources, p_reserved, p_unknown, p_started)
    on conflict do nothing;
    if not found then
        return 0;
    end if;
    if cardinality(c_seqs) > 0 then
        insert into metering.charges (
            node, batch, seq, request_id, source, started_at, duration_ms, first_token_ms, outcome, counted, attempts,
            prompt, completion, cached, reasoning, media, reserved, amount, written_off)
        select p_node, p_batch, c.seq, c.request_id, c.source,
            -- As since_1970() has it, which would be called for each row.
            timestamptz 'epoch' + c.started * interval '1 microsecond',
            c.duration, c.first_token, c.ends & 15, c.ends >> 4 & 15, c.ends >> 8, c.prompt, c.completion,
            coalesce(c.cached, 0), coalesce(c.reasoning, 0),
            -- The client writes JSON's null where there is none.
            nullif(c.media, 'null'), c.reserved, c.amount, coalesce(c.written_off, 0)
        from unnest(
            c_seqs, c_request_ids, c_sources, c_started, c_durations, c_first_tokens, c_ends, c_prompt, c_completion, c_cached,
            c_reasoning, c_media, c_reserved, c_amounts, c_written_off)
            as c (seq, request_id, source, started, duration, first_token, ends, prompt, completion, cached, reasoning, media,
                reserved, amount, written_off);
    end if;
    return 1;
end $$;

-- As nodes of the version before write one.
create or replace function post(
    p_node bigint, p_batch bigint,
    p_seqs bigint[], p_request_ids text[], p_sources int[], p_reserved bigint[], p_unknown bigint[], p_started bigint[],
    c_seqs bigint[], c_request_ids text[], c_sources int[], c_started bigint[], c_durations int[], c_first_tokens int[],
    c_outcomes smallint[], c_counted smallint[], c_attempts smallint[], c_prompt bigint[], c_completion bigint[],
    c_cached bigint[], c_reasoning bigint[], c_media jsonb[], c_reserved bigint[], c_amounts bigint[], c_written_off bigint[]
) returns int language plpgsql as $$
begin
    return metering.post(
        p_node, p_batch, p_seqs, p_request_ids, p_sources, p_reserved, p_unknown, p_started, c_seqs, c_request_ids, c_sources,
        c_started, c_durations, c_first_tokens,
        array(
            select outcome::int | (counted::int << 4) | (attempts::int << 8)
            from unnest(c_outcomes, c_counted, c_attempts) with ordinality as c (outcome, counted, attempts, place)
            order by place),
        c_prompt, c_completion, c_cached, c_reasoning, c_media, c_reserved, c_amounts, c_written_off);
end $$;
