-- min_compatible: 3
-- Profiles and soft deletion. An older build would serve people who were deleted, and its erasure would leave the profile behind.

-- The version is the entity tag of GET /users/{id}: it grows with every change of what that shows.
alter table users
    add column version integer not null default 1,
    add column updated_at timestamptz,
    add column deleted_at timestamptz;
create index users_by_creation on users (tenant_id, created_at, user_id) where merged_into is null and erased_at is null and deleted_at is null;
create index users_deleted on users (tenant_id, deleted_at, user_id) where deleted_at is not null and erased_at is null;

-- One sealed cell for each user; a merge leaves it under the user that it was written for.
create table profiles (
    tenant_id uuid not null,
    user_id uuid not null,
    profile bytea not null,
    primary key (tenant_id, user_id)
);

-- The blind index of e-mail addresses and phone numbers in profiles, of living and of soft-deleted people. Spread by its value, as identities are.
create table profile_values (
    tenant_id uuid not null,
    kind text not null,
    index_value text not null,
    key_version integer not null,
    user_id uuid not null,
    primary key (tenant_id, kind, index_value, user_id)
);
create unique index profile_values_email on profile_values (tenant_id, index_value) where kind = 'email';
create index profile_values_of_user on profile_values (tenant_id, user_id);

do $$
declare
    t text;
begin
    foreach t in array array['profiles', 'profile_values']
    loop
        execute format('alter table %s enable row level security', t);
        execute format('alter table %s force row level security', t);
        execute format('create policy tenant_rows on %s to {app}, {readonly}
            using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            with check (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
        execute format('create policy all_rows on %s to {maintenance} using (true) with check (true)', t);
    end loop;
end $$;

grant select, insert, update, delete on profiles, profile_values to {app}, {maintenance};
