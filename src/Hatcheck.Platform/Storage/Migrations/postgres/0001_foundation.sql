-- min_compatible: 1
-- Tenants, their keys, users, identities, usage. {app}, {maintenance}, {readonly} are the configured roles.

create schema if not exists keys;

create table tenants (
    tenant_id uuid primary key,
    name text not null,
    blind_only boolean not null,
    index_scheme integer not null,
    key_epoch integer not null,
    created_at timestamptz not null
);

create table keys.tenant_keys (
    tenant_id uuid not null references tenants,
    purpose text not null,
    version integer not null,
    scheme integer not null,
    kek_id text not null,
    wrapped bytea not null,
    state text not null,
    created_at timestamptz not null,
    primary key (tenant_id, purpose, version)
);

create table api_keys (
    tenant_id uuid not null references tenants,
    key_id uuid not null,
    name text not null,
    hash bytea not null,
    hint text not null,
    scopes text not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    primary key (tenant_id, key_id),
    unique (tenant_id, hash)
);

create table users (
    tenant_id uuid not null references tenants,
    user_id uuid not null,
    created_at timestamptz not null,
    merged_into uuid,
    merged_at timestamptz,
    erased_at timestamptz,
    primary key (tenant_id, user_id)
);
create index users_merged_into on users (tenant_id, merged_into) where merged_into is not null;

create table keys.user_keys (
    tenant_id uuid not null,
    user_id uuid not null,
    purpose text not null,
    version integer not null,
    kek_id text not null,
    wrapped bytea not null,
    created_at timestamptz not null,
    primary key (tenant_id, user_id, purpose, version)
);

-- Which KEK this database's keys are wrapped by: a node with another one must not start. Of the whole installation, so no tenant.
create table keys.kek_check (
    one integer primary key check (one = 1),
    kek_id text not null
);

-- Keyed by the blind index, which every look-up names; no foreign key, since it shards by that value and not by user.
create table identities (
    tenant_id uuid not null,
    channel text not null,
    index_value text not null,
    key_version integer not null,
    kind text not null,
    identity_id uuid not null,
    user_id uuid not null,
    sealed_under uuid not null,
    sealed_id bytea,
    linked_at timestamptz not null,
    primary key (tenant_id, channel, index_value)
);
create index identities_of_user on identities (tenant_id, user_id);

create table link_codes (
    tenant_id uuid not null,
    code_hash text not null,
    user_id uuid not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (tenant_id, code_hash)
);
create index link_codes_of_user on link_codes (tenant_id, user_id);

create table usage_log (
    tenant_id uuid not null,
    user_id uuid not null,
    at timestamptz not null,
    entry_id uuid not null,
    entry bytea not null,
    primary key (tenant_id, user_id, at, entry_id)
);

create table idempotency_keys (
    tenant_id uuid not null,
    user_id uuid not null,
    key_hash text not null,
    request_hash text not null,
    resource_id uuid not null,
    created_at timestamptz not null,
    primary key (tenant_id, user_id, key_hash)
);
create index idempotency_keys_by_age on idempotency_keys (tenant_id, created_at);

-- No secondary index and no key: it is only written, and emptied by the sealer.
create table audit_pending (
    tenant_id uuid not null,
    entry_id uuid not null,
    at timestamptz not null,
    act text not null,
    actor text not null,
    user_id uuid,
    details bytea
);

do $$
declare
    t text;
begin
    foreach t in array array['tenants', 'keys.tenant_keys', 'api_keys', 'users', 'keys.user_keys', 'identities',
                             'link_codes', 'usage_log', 'idempotency_keys', 'audit_pending']
    loop
        execute format('alter table %s enable row level security', t);
        execute format('alter table %s force row level security', t);
        execute format('create policy tenant_rows on %s to {app}, {readonly}
            using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            with check (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
        execute format('create policy all_rows on %s to {maintenance} using (true) with check (true)', t);
    end loop;
end $$;

revoke all on schema public from public;
grant usage on schema public, keys to {app}, {maintenance};
grant usage on schema public to {readonly};
grant select, insert, update, delete on all tables in schema public, keys to {app}, {maintenance};
-- Said once, by the first node.
revoke update, delete on keys.kek_check from {app};
-- What is pending is evidence: a node adds to it, and only the sealer's role takes from it.
revoke select, update, delete on audit_pending from {app};
-- Reports read what is sealed, never a wrapped key or the hash of an API key.
grant select on tenants, users, identities, usage_log to {readonly};
revoke insert, update, delete on schema_versions from {app}, {maintenance};
grant select on schema_versions to {app}, {maintenance}, {readonly};
