-- What can be asked to work: assistants that were declared, and classes that workers announce.

create table agents (
    class text not null,
    name text not null,
    -- Empty for one of the configuration, which is there for all tenants.
    tenant text not null,
    owner text not null,
    version integer not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (tenant, class, name)
);

-- Never changed: a run goes on with the version that it began with.
create table agent_versions (
    tenant text not null,
    class text not null,
    name text not null,
    version integer not null,
    definition jsonb not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    primary key (tenant, class, name, version)
);
