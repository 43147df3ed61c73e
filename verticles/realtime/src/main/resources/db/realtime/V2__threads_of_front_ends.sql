-- Which of our threads a front end that speaks AG-UI means by a name of its own. Only a memory: a front end says all of its conversation
-- each time, and where its thread is not found a new one is made of that.
create table ag_ui_threads (
    account text not null,
    tenant text not null,
    name text not null,
    thread text not null,
    used_at timestamptz not null default now(),
    primary key (account, tenant, name)
);
create index ag_ui_threads_by_use on ag_ui_threads (used_at);
