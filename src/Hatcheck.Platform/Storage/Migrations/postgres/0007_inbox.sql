-- min_compatible: 7
-- The inbox of webhooks. An older build would erase a person and leave their events behind, and let a late one bring them back.

-- What seals events while nobody knows whom they are about; a key is destroyed after eight days, and with it whatever was left lying.
create table keys.day_keys (
    tenant_id uuid not null references tenants,
    day integer not null,
    kek_id text not null,
    wrapped bytea not null,
    created_at timestamptz not null,
    primary key (tenant_id, day)
);

-- Events that wait for their work, and dead letters. Exactly one of day and user_id says which key opens the body.
create table inbox (
    tenant_id uuid not null,
    event_hash text not null,
    entry_id uuid not null,
    endpoint text not null,
    event_type text not null,
    subject_hash text not null,
    event_at timestamptz not null,
    received_at timestamptz not null,
    state text not null,
    attempts integer not null,
    due_at timestamptz not null,
    lease_id uuid,
    lease_until timestamptz,
    fault text,
    day integer,
    user_id uuid,
    body bytea not null,
    primary key (tenant_id, event_hash)
);
create index inbox_due on inbox (tenant_id, due_at) where state = 'pending';
create index inbox_of_subject on inbox (tenant_id, subject_hash, received_at);
create index inbox_of_user on inbox (tenant_id, user_id) where user_id is not null;

-- Which deliveries have been taken, as keyed hashes: a repeat is known as one for longer than any sender repeats.
create table inbox_seen (
    tenant_id uuid not null,
    event_hash text not null,
    entry_id uuid not null,
    received_at timestamptz not null,
    primary key (tenant_id, event_hash)
);
create index inbox_seen_by_age on inbox_seen (tenant_id, received_at);

-- How far each subject's events have got, as a keyed hash and without the user: it outlives the user, so that nobody comes back. The identity's
-- random id tells an erasure which subjects are the person's; it is gone from then on.
create table inbox_subjects (
    tenant_id uuid not null,
    subject_hash text not null,
    state text not null,
    event_at timestamptz not null,
    events integer not null,
    touched_at timestamptz not null,
    identity_id uuid,
    primary key (tenant_id, subject_hash)
);
create index inbox_subjects_by_age on inbox_subjects (tenant_id, touched_at);
create index inbox_subjects_of_identity on inbox_subjects (tenant_id, identity_id) where identity_id is not null;

do $$
declare
    t text;
begin
    foreach t in array array['keys.day_keys', 'inbox', 'inbox_seen', 'inbox_subjects']
    loop
        execute format('alter table %s enable row level security', t);
        execute format('alter table %s force row level security', t);
        execute format('create policy tenant_rows on %s to {app}, {readonly}
            using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            with check (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
        execute format('create policy all_rows on %s to {maintenance} using (true) with check (true)', t);
    end loop;
end $$;

grant select, insert, update, delete on keys.day_keys, inbox, inbox_seen, inbox_subjects to {app}, {maintenance};
