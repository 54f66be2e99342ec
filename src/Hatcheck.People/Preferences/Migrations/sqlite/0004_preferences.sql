-- min_compatible: 4
-- Preferences. An older build's erasure would leave them behind.

-- What a tenant adds to the built-in keys. Not personal: it is in the clear. A version never changes once it is there.
create table preference_schemas (
    tenant_id text not null,
    version integer not null,
    at integer not null,
    actor text not null,
    document text not null,
    primary key (tenant_id, version)
) strict, without rowid;

-- A person's own values, one sealed cell. change_id names the change that wrote it: what else belongs to the change is written only if it did.
create table preferences (
    tenant_id text not null,
    user_id text not null,
    version integer not null,
    schema_version integer not null,
    change_id text not null,
    updated_at integer not null,
    own_values blob not null,
    primary key (tenant_id, user_id)
) strict, without rowid;
create index preferences_by_schema on preferences (tenant_id, schema_version, user_id);

create table preference_history (
    tenant_id text not null,
    user_id text not null,
    version integer not null,
    at integer not null,
    change_id text not null,
    change blob not null,
    primary key (tenant_id, user_id, version)
) strict, without rowid;
create index preference_history_by_age on preference_history (tenant_id, at);

-- As in the first script: the shape that SQLite can't guess.
insert into sqlite_stat1 (tbl, idx, stat) values
    ('preference_schemas', 'preference_schemas', '1000 20 1'),
    ('preferences', 'preferences', '1000000 500000 1'),
    ('preferences', 'preferences_by_schema', '1000000 500000 100000 1'),
    ('preference_history', 'preference_history', '10000000 5000000 10 1'),
    ('preference_history', 'preference_history_by_age', '10000000 5000000 2');
analyze sqlite_schema;
