-- min_compatible: 12
-- The outbox. An older build would change users and tell no endpoint of it.

-- Where a tenant's events are sent. Address and secrets are sealed under the tenant's own key.
create table outbox_endpoints (
    tenant_id text not null references tenants,
    endpoint_id text not null,
    kind text not null,
    host text not null,
    events text not null,
    state text not null,
    target blob not null,
    created_at integer not null,
    primary key (tenant_id, endpoint_id)
) strict, without rowid;

create table outbox_secrets (
    tenant_id text not null,
    endpoint_id text not null,
    secret_id text not null,
    created_at integer not null,
    ends_at integer,
    secret blob not null,
    primary key (tenant_id, endpoint_id, secret_id)
) strict, without rowid;

-- One row for each event and endpoint. No foreign key: an act on a user must not wait for the removal of an endpoint, or
-- fail by it.
create table outbox (
    tenant_id text not null,
    entry_id text not null,
    endpoint_id text not null,
    user_id text,
    event_type text not null,
    payload text not null,
    created_at integer not null,
    state text not null,
    attempts integer not null,
    due_at integer not null,
    lease_id text,
    lease_until integer,
    fault text,
    delivered_at integer,
    primary key (tenant_id, entry_id)
) strict;
create index outbox_due on outbox (tenant_id, endpoint_id, due_at) where state = 'pending';
create index outbox_lane on outbox (tenant_id, endpoint_id, user_id, created_at, entry_id) where state = 'pending';
create index outbox_of_user on outbox (tenant_id, user_id) where user_id is not null;
create index outbox_by_age on outbox (tenant_id, state, created_at);

-- Nodes send for every tenant, and see one at a time: here they read which. A row stays when the last endpoint goes.
create table outbox_tenants (
    tenant text not null primary key
) strict, without rowid;

-- The shape of the tables, as 0001 tells it and for its reason.
insert into sqlite_stat1 (tbl, idx, stat) values
    ('outbox_endpoints', 'outbox_endpoints', '20 10 1'),
    ('outbox_secrets', 'outbox_secrets', '30 15 2 1'),
    ('outbox', 'sqlite_autoindex_outbox_1', '100000 50000 1'),
    ('outbox', 'outbox_due', '10000 5000 2500 1'),
    ('outbox', 'outbox_lane', '10000 5000 2500 2 1 1'),
    ('outbox', 'outbox_of_user', '100000 50000 4'),
    ('outbox', 'outbox_by_age', '100000 50000 20000 1'),
    ('outbox_tenants', 'outbox_tenants', '10 1');
analyze sqlite_schema;
