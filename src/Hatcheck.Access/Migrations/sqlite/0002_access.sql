-- min_compatible: 1
-- Roles of a tenant's own, members (staff) and what they may do.

create table roles (
    tenant_id text not null references tenants,
    name text not null,
    permissions text not null,
    created_at integer not null,
    primary key (tenant_id, name)
) strict, without rowid;

create table members (
    tenant_id text not null references tenants,
    member_id text not null,
    issuer text not null,
    subject_index text not null,
    profile blob not null,
    created_at integer not null,
    primary key (tenant_id, member_id),
    unique (tenant_id, issuer, subject_index)
) strict, without rowid;

create table member_roles (
    tenant_id text not null references tenants,
    member_id text not null,
    role text not null,
    primary key (tenant_id, member_id, role)
) strict, without rowid;

-- What was acted on besides a person: random ids and codes.
alter table audit_pending add column subject text;
