-- min_compatible: 12
-- The outbox. An older build would change users and tell no endpoint of it.

-- Where a tenant's events are sent. Address and secrets are sealed under the tenant's own key.
create table outbox_endpoints (
    tenant_id uuid not null references tenants,
    endpoint_id uuid not null,
    kind text not null,
    host text not null,
    events text not null,
    state text not null,
    target bytea not null,
    created_at timestamptz not null,
    primary key (tenant_id, endpoint_id)
);

create table outbox_secrets (
    tenant_id uuid not null,
    endpoint_id uuid not null,
    secret_id uuid not null,
    created_at timestamptz not null,
    ends_at timestamptz,
    secret bytea not null,
    primary key (tenant_id, endpoint_id, secret_id)
);

-- One row for each event and endpoint. No foreign key: an act on a user must not wait for the removal of an endpoint, or
-- fail by it.
create table outbox (
    tenant_id uuid not null,
    entry_id uuid not null,
    endpoint_id uuid not null,
    user_id uuid,
    event_type text not null,
    payload text not null,
    created_at timestamptz not null,
    state text not null,
    attempts integer not null,
    due_at timestamptz not null,
    lease_id uuid,
    lease_until timestamptz,
    fault text,
    delivered_at timestamptz,
    primary key (tenant_id, entry_id)
);
create index outbox_due on outbox (tenant_id, endpoint_id, due_at) where state = 'pending';
create index outbox_lane on outbox (tenant_id, endpoint_id, user_id, created_at, entry_id) where state = 'pending';
create index outbox_of_user on outbox (tenant_id, user_id) where user_id is not null;
create index outbox_by_age on outbox (tenant_id, state, created_at);

-- Nodes send for every tenant, and see one at a time: here they read which. A row stays when the last endpoint goes.
create table outbox_tenants (
    tenant uuid primary key
);

select hatcheck_protect(name::regclass, 'tenant') from unnest(array['outbox', 'outbox_endpoints', 'outbox_secrets']) name;
select hatcheck_protect('outbox_tenants', 'installation');

grant select, insert, update, delete on outbox, outbox_endpoints, outbox_secrets to {app}, {maintenance};
grant select, insert on outbox_tenants to {app}, {maintenance};
