-- The regions in which requests may be answered; null if that is not limited. A key's hold within its tenant's.
alter table tenants add column regions text[];
alter table api_keys add column regions text[];

-- What both allow.
create function regions_within(regions text[], others text[]) returns text[] immutable language sql as $$
    select case
        when regions is null then others
        when others is null then regions
        else array(select unnest(regions) intersect select unnest(others) order by 1)
    end
$$;

drop trigger announce_api_key on api_keys;
create trigger announce_api_key
    after insert or delete or update of hash, account, tenant, scopes, bound_model, networks, expires_at, revoked_at, regions
    on api_keys
    for each row execute function announce_api_key();
