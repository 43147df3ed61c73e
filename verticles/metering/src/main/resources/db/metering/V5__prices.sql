-- A price is valid until the next one of its model begins, or until valid_until if that is earlier. Notifications 'prices' on the channel
-- metering_changed tell all nodes of changes.
create function prices_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('metering_changed', 'prices');
    return null;
end $$;
create trigger prices_changed after insert or update or delete on prices
    for each statement execute function prices_changed();

-- What was charged for stays what it cost: of a price only its end can be set, and what is used is kept by the reference to it.
create function prices_fixed() returns trigger language plpgsql as $$
begin
    if (new.id, new.model, new.rates, new.valid_from) is distinct from (old.id, old.model, old.rates, old.valid_from) then
        raise exception 'a price does not change; a new one begins';
    end if;
    return new;
end $$;
create trigger prices_fixed before update on prices for each row execute function prices_fixed();

-- Every admitted request: as it ended, or, with the outcome 0, as it was reserved.
create view requests as
select node, seq, request_id, source, started_at, duration_ms, first_token_ms, outcome, counted, attempts, prompt, completion,
    cached, reasoning, media, reserved, amount, written_off
from charges
union all
select b.node, r.seq, r.request_id, r.source, metering.since_1970(r.started), null, null, 0::smallint, null, null, null, null,
    null, null, null, r.reserved, null, null
from batches b
cross join unnest(b.seqs, b.request_ids, b.sources, b.reserved, b.started) as r (seq, request_id, source, reserved, started)
where not exists (select from charges c where c.node = b.node and c.seq = r.seq);
