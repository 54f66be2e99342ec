-- min_compatible: 3
-- Profiles and soft deletion. An older build would serve people who were deleted, and its erasure would leave the profile behind.

-- The version is the entity tag of GET /users/{id}: it grows with every change of what that shows.
alter table users add column version integer not null default 1;
alter table users add column updated_at integer;
alter table users add column deleted_at integer;
create index users_by_creation on users (tenant_id, created_at, user_id) where merged_into is null and erased_at is null and deleted_at is null;
create index users_deleted on users (tenant_id, deleted_at, user_id) where deleted_at is not null and erased_at is null;

-- One sealed cell for each user; a merge leaves it under the user that it was written for.
create table profiles (
    tenant_id text not null,
    user_id text not null,
    profile blob not null,
    primary key (tenant_id, user_id)
) strict, without rowid;

-- The blind index of e-mail addresses and phone numbers in profiles, of living and of soft-deleted people. Spread by its value, as identities are.
create table profile_values (
    tenant_id text not null,
    kind text not null,
    index_value text not null,
    key_version integer not null,
    user_id text not null,
    primary key (tenant_id, kind, index_value, user_id)
) strict, without rowid;
create unique index profile_values_email on profile_values (tenant_id, index_value) where kind = 'email';
create index profile_values_of_user on profile_values (tenant_id, user_id);

-- The shape of the tables, as 0001 tells it and for its reason.
insert into sqlite_stat1 (tbl, idx, stat) values
    ('users', 'users_by_creation', '1000000 500000 1 1'),
    ('users', 'users_deleted', '10000 5000 1 1'),
    ('profiles', 'profiles', '1000000 500000 1'),
    ('profile_values', 'profile_values', '1000000 500000 250000 1 1'),
    ('profile_values', 'profile_values_email', '1000000 500000 1'),
    ('profile_values', 'profile_values_of_user', '1000000 500000 2');
analyze sqlite_schema;
