-- What can be asked to work: assistants that were declared. What workers announce is elsewhere.

create table agents (
    class text not null,
    name text not null,
    -- Empty for one that is there for all tenants: of the configuration, or of a system administrator without a tenant.
    tenant text not null,
    -- Empty for one of the configuration.
    owner text not null,
    version integer not null,
    -- Who makes one anew under the name of one that was deleted does not see the versions of that.
    first_version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (tenant, class, name)
);

-- Never changed, and never deleted: a run goes on with the version that it began with.
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
