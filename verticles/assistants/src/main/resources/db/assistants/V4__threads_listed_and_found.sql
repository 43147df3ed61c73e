-- How somebody's threads are listed and found. What a list is limited to and ordered by stands with the member, in one index: a page
-- costs the same for who has ten threads and who has a million.

alter table members
    add column tenant text not null default '',
    add column archived boolean not null default false,
    -- When the thread last got a message. Not when it last got an event: a chunk is no reason to write here.
    add column active_at timestamptz not null default now();
drop index members_by_account;
create index members_by_account on members (account, tenant, archived, active_at desc, thread desc);

create function describe_member() returns trigger language plpgsql as $$
begin
    select t.tenant, t.archived into new.tenant, new.archived from assistants.threads t where t.number = new.thread;
    select coalesce(max(m.active_at), now()) into new.active_at from assistants.members m where m.thread = new.thread;
    return new;
end
$$;
create trigger describe_member before insert on members for each row execute function describe_member();

-- Every node hears of it: whoever may no longer read is to be sent nothing more.
create function announce_member() returns trigger language plpgsql as $$
declare
    changed assistants.members := case tg_op when 'DELETE' then old else new end;
begin
    perform pg_notify('assistants_members', t.id || ' ' || changed.account)
    from assistants.threads t where t.number = changed.thread;
    return null;
end
$$;
create trigger announce_member after insert or delete or update of role on members
    for each row execute function announce_member();

-- The messages of a thread, however much else is in its log.
create index events_messages on events (thread, seq) where type = 'message.created';

-- The words of messages, and of the title, which has the place 0. Two more words say whose thread it is and which: so a search looks only
-- at what the asker may see, however many others use the same words.
create table texts (
    thread bigint not null references threads on delete cascade,
    seq bigint not null,
    words tsvector not null,
    primary key (thread, seq)
);
create index texts_words on texts using gin (words);

-- Messages whose words are not there yet: who writes a message does not wait for that.
create table unread_texts (
    thread bigint not null,
    seq bigint not null,
    primary key (thread, seq)
);

create function message_created() returns trigger language plpgsql as $$
begin
    insert into assistants.unread_texts (thread, seq) values (new.thread, new.seq);
    -- Once in a transaction: the second time it is now already.
    update assistants.members set active_at = now() where thread = new.thread and active_at < now();
    return null;
end
$$;
create trigger message_created after insert on events
    for each row when (new.type = 'message.created') execute function message_created();

-- What retention takes out of the log can no longer be found either.
create function message_gone() returns trigger language plpgsql as $$
begin
    delete from assistants.texts where thread = old.thread and seq = old.seq;
    return null;
end
$$;
create trigger message_gone after delete on events
    for each row when (old.type = 'message.created') execute function message_gone();
