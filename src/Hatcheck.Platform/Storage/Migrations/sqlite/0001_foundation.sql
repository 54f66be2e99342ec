-- min_compatible: 1
-- Tenants, their keys, users, identities, usage. Ids are upper-case text, instants microseconds since 1970 (UTC).

create table tenants (
    tenant_id text primary key,
    name text not null,
    blind_only integer not null,
    index_scheme integer not null,
    key_epoch integer not null,
    created_at integer not null
) strict, without rowid;

create table tenant_keys (
    tenant_id text not null references tenants,
    purpose text not null,
    version integer not null,
    scheme integer not null,
    kek_id text not null,
    wrapped blob not null,
    state text not null,
    created_at integer not null,
    primary key (tenant_id, purpose, version)
) strict, without rowid;

create table api_keys (
    tenant_id text not null references tenants,
    key_id text not null,
    name text not null,
    hash blob not null,
    hint text not null,
    scopes text not null,
    created_at integer not null,
    expires_at integer,
    revoked_at integer,
    last_used_at integer,
    primary key (tenant_id, key_id),
    unique (tenant_id, hash)
) strict, without rowid;

create table users (
    tenant_id text not null references tenants,
    user_id text not null,
    created_at integer not null,
    merged_into text,
    merged_at integer,
    erased_at integer,
    primary key (tenant_id, user_id)
) strict, without rowid;
create index users_merged_into on users (tenant_id, merged_into) where merged_into is not null;

create table user_keys (
    tenant_id text not null,
    user_id text not null,
    purpose text not null,
    version integer not null,
    kek_id text not null,
    wrapped blob not null,
    created_at integer not null,
    primary key (tenant_id, user_id, purpose, version)
) strict, without rowid;

-- Which KEK this database's keys are wrapped by: a node with another one must not start. Of the whole installation, so no tenant.
create table kek_check (
    one integer primary key check (one = 1),
    kek_id text not null
) strict;

-- Keyed by the blind index, which every look-up names; no foreign key, since it shards by that value and not by user.
create table identities (
    tenant_id text not null,
    channel text not null,
    index_value text not null,
    key_version integer not null,
    kind text not null,
    identity_id text not null,
    user_id text not null,
    sealed_under text not null,
    sealed_id blob,
    linked_at integer not null,
    primary key (tenant_id, channel, index_value)
) strict, without rowid;
create index identities_of_user on identities (tenant_id, user_id);

create table link_codes (
    tenant_id text not null,
    code_hash text not null,
    user_id text not null,
    expires_at integer not null,
    used_at integer,
    primary key (tenant_id, code_hash)
) strict, without rowid;
create index link_codes_of_user on link_codes (tenant_id, user_id);

create table usage_log (
    tenant_id text not null,
    user_id text not null,
    at integer not null,
    entry_id text not null,
    entry blob not null,
    primary key (tenant_id, user_id, at, entry_id)
) strict, without rowid;

create table idempotency_keys (
    tenant_id text not null,
    user_id text not null,
    key_hash text not null,
    request_hash text not null,
    resource_id text not null,
    created_at integer not null,
    primary key (tenant_id, user_id, key_hash)
) strict, without rowid;
create index idempotency_keys_by_age on idempotency_keys (tenant_id, created_at);

-- No secondary index and no key: it is only written, and emptied by the sealer.
create table audit_pending (
    tenant_id text not null,
    entry_id text not null,
    at integer not null,
    act text not null,
    actor text not null,
    user_id text,
    details blob
) strict;

-- Without statistics SQLite takes a tenant's prefix of a primary key for as selective as a user's index, and scans the tenant (tried:
-- 1.9 ms a look-up at 10,000 users). So it is told the shape: few tenants, many users, few rows of each (sqlite.org/fileformat2.html#stat1tab).
analyze;
insert into sqlite_stat1 (tbl, idx, stat) values
    ('users', 'users', '1000000 500000 1'),
    ('users', 'users_merged_into', '1000 500 2'),
    ('user_keys', 'user_keys', '1000000 500000 2 1 1'),
    ('identities', 'identities', '1000000 500000 250000 1'),
    ('identities', 'identities_of_user', '1000000 500000 2'),
    ('link_codes', 'link_codes', '100000 50000 1'),
    ('link_codes', 'link_codes_of_user', '100000 50000 1'),
    ('usage_log', 'usage_log', '10000000 5000000 100 2 1'),
    ('idempotency_keys', 'idempotency_keys', '1000000 500000 100 1'),
    ('idempotency_keys', 'idempotency_keys_by_age', '1000000 500000 2');
analyze sqlite_schema;
