-- min_compatible: 5
-- Sessions, and the keys that sign own tokens. An older build would delete, erase or remove somebody and leave their sessions alive.

-- One row for each living session of a person or a member; ending it deletes it. Of refresh tokens only the hashes of the newest and of the
-- one before are kept.
create table sessions (
    tenant_id text not null,
    user_id text not null,
    session_id text not null,
    kind text not null,
    token_hash blob not null,
    previous_hash blob,
    rotated_at integer,
    address text,
    content blob not null,
    created_at integer not null,
    used_at integer not null,
    expires_at integer not null,
    ends_at integer not null,
    primary key (tenant_id, user_id, session_id)
) strict, without rowid;

-- Of the whole installation, so no tenant.
create table signing_keys (
    version integer primary key,
    key_id text not null unique,
    public_key blob not null,
    kek_id text not null,
    wrapped blob not null,
    created_at integer not null,
    signs_from integer not null
) strict;
