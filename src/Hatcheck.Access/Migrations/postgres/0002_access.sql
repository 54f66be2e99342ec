-- min_compatible: 1
-- Roles of a tenant's own, members (staff) and what they may do. {app}, {maintenance}, {readonly} are the configured roles.

create table roles (
    tenant_id uuid not null references tenants,
    name text collate "C" not null,
    permissions text not null,
    created_at timestamptz not null,
    primary key (tenant_id, name)
);

create table members (
    tenant_id uuid not null references tenants,
    member_id uuid not null,
    issuer text not null,
    subject_index text not null,
    profile bytea not null,
    created_at timestamptz not null,
    primary key (tenant_id, member_id),
    unique (tenant_id, issuer, subject_index)
);

create table member_roles (
    tenant_id uuid not null references tenants,
    member_id uuid not null,
    role text not null,
    primary key (tenant_id, member_id, role)
);

-- What was acted on besides a person: random ids and codes.
alter table audit_pending add column subject text;

do $$
declare
    t text;
begin
    foreach t in array array['roles', 'members', 'member_roles']
    loop
        execute format('alter table %s enable row level security', t);
        execute format('alter table %s force row level security', t);
        execute format('create policy tenant_rows on %s to {app}, {readonly}
            using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            with check (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
        execute format('create policy all_rows on %s to {maintenance} using (true) with check (true)', t);
    end loop;
end $$;

-- Who is staff is nobody's report: the read-only role sees none of it.
grant select, insert, update, delete on roles, members, member_roles to {app}, {maintenance};
