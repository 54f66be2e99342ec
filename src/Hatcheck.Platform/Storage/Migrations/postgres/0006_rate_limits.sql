-- min_compatible: 1
-- Permits of rate limits, leased in blocks, and the key of the names under which they are kept. {app}, {maintenance}, {readonly} are the configured roles.

-- Of the whole installation, so no tenant: addresses belong to none. Made by the first node, never changed by one.
create table keys.subject_key (
    one integer primary key check (one = 1),
    kek_id text not null,
    wrapped bytea not null
);

-- One row for each caller, user or address with many requests; ended windows are cleared away. Subjects are keyed hashes. What is about an
-- address has the nil tenant. Updated in place again and again, so room is left for that on each page.
create table rate_permits (
    tenant_id uuid not null,
    subject text collate "C" not null,
    ends_at timestamptz not null,
    taken integer not null,
    granted integer not null,
    primary key (tenant_id, subject)
) with (fillfactor = 50);

alter table rate_permits enable row level security;
alter table rate_permits force row level security;
create policy tenant_rows on rate_permits to {app}, {readonly}
    using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
create policy all_rows on rate_permits to {maintenance} using (true) with check (true);

grant select, insert, update, delete on rate_permits to {app}, {maintenance};
grant select, insert on keys.subject_key to {app};
grant select, insert, update, delete on keys.subject_key to {maintenance};
