-- min_compatible: 7
-- The inbox of webhooks. An older build would erase a person and leave their events behind, and let a late one bring them back.

-- What seals events while nobody knows whom they are about; a key is destroyed after eight days, and with it whatever was left lying.
create table day_keys (
    tenant_id text not null references tenants,
    day integer not null,
    kek_id text not null,
    wrapped blob not null,
    created_at integer not null,
    primary key (tenant_id, day)
) strict, without rowid;

-- Events that wait for their work, and dead letters. Exactly one of day and user_id says which key opens the body.
create table inbox (
    tenant_id text not null,
    event_hash text not null,
    entry_id text not null,
    endpoint text not null,
    event_type text not null,
    subject_hash text not null,
    event_at integer not null,
    received_at integer not null,
    state text not null,
    attempts integer not null,
    due_at integer not null,
    lease_id text,
    lease_until integer,
    fault text,
    day integer,
    user_id text,
    body blob not null,
    primary key (tenant_id, event_hash)
) strict;
create index inbox_due on inbox (tenant_id, due_at) where state = 'pending';
create index inbox_of_subject on inbox (tenant_id, subject_hash, received_at);
create index inbox_of_user on inbox (tenant_id, user_id) where user_id is not null;

-- Which deliveries have been taken, as keyed hashes: a repeat is known as one for longer than any sender repeats.
create table inbox_seen (
    tenant_id text not null,
    event_hash text not null,
    entry_id text not null,
    received_at integer not null,
    primary key (tenant_id, event_hash)
) strict, without rowid;
create index inbox_seen_by_age on inbox_seen (tenant_id, received_at);

-- How far each subject's events have got, as a keyed hash and without the user: it outlives the user, so that nobody comes back. The identity's
-- random id tells an erasure which subjects are the person's; it is gone from then on.
create table inbox_subjects (
    tenant_id text not null,
    subject_hash text not null,
    state text not null,
    event_at integer not null,
    events integer not null,
    touched_at integer not null,
    identity_id text,
    primary key (tenant_id, subject_hash)
) strict, without rowid;
create index inbox_subjects_by_age on inbox_subjects (tenant_id, touched_at);
create index inbox_subjects_of_identity on inbox_subjects (tenant_id, identity_id) where identity_id is not null;

-- The shape of the tables, as 0001 tells it and for its reason.
insert into sqlite_stat1 (tbl, idx, stat) values
    ('inbox', 'sqlite_autoindex_inbox_1', '10000 5000 1'),
    ('inbox', 'inbox_due', '10000 5000 1'),
    ('inbox', 'inbox_of_subject', '10000 5000 2 1'),
    ('inbox', 'inbox_of_user', '100 50 2'),
    ('inbox_seen', 'inbox_seen', '1000000 500000 1'),
    ('inbox_seen', 'inbox_seen_by_age', '1000000 500000 1'),
    ('inbox_subjects', 'inbox_subjects', '1000000 500000 1'),
    ('inbox_subjects', 'inbox_subjects_by_age', '1000000 500000 1'),
    ('inbox_subjects', 'inbox_subjects_of_identity', '1000000 500000 1');
analyze sqlite_schema;
