-- min_compatible: 5
-- Sessions, and the keys that sign own tokens. An older build would delete, erase or remove somebody and leave their sessions alive.
-- {app}, {maintenance}, {readonly} are the configured roles.

-- One row for each living session of a person or a member; ending it deletes it. Of refresh tokens only the hashes of the newest and of the
-- one before are kept. Updated in place with each refresh, so room is left for that on each page.
create table sessions (
    tenant_id uuid not null,
    user_id uuid not null,
    session_id uuid not null,
    kind text not null,
    token_hash bytea not null,
    previous_hash bytea,
    rotated_at timestamptz,
    address text,
    content bytea not null,
    created_at timestamptz not null,
    used_at timestamptz not null,
    expires_at timestamptz not null,
    ends_at timestamptz not null,
    primary key (tenant_id, user_id, session_id)
) with (fillfactor = 80);

alter table sessions enable row level security;
alter table sessions force row level security;
create policy tenant_rows on sessions to {app}, {readonly}
    using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
create policy all_rows on sessions to {maintenance} using (true) with check (true);

-- Of the whole installation, so no tenant. The version decides between nodes that make the next one at the same moment. Nodes make and read
-- keys; only the maintenance role takes one away, which refuses every token that it signed.
create table keys.signing_keys (
    version integer primary key,
    key_id text not null unique,
    public_key bytea not null,
    kek_id text not null,
    wrapped bytea not null,
    created_at timestamptz not null,
    signs_from timestamptz not null
);

grant select, insert, update, delete on sessions to {app}, {maintenance};
grant select, insert on keys.signing_keys to {app};
grant select, insert, update, delete on keys.signing_keys to {maintenance};
