-- min_compatible: 1
-- Permits of rate limits, leased in blocks, and the key of the names under which they are kept.

-- Of the whole installation, so no tenant: addresses belong to none. Made once.
create table subject_key (
    one integer primary key check (one = 1),
    kek_id text not null,
    wrapped blob not null
) strict;

-- One row for each caller, user or address with many requests; ended windows are cleared away. Subjects are keyed hashes. What is about an
-- address has the nil tenant.
create table rate_permits (
    tenant_id text not null,
    subject text not null,
    ends_at integer not null,
    taken integer not null,
    granted integer not null,
    primary key (tenant_id, subject)
) strict, without rowid;
