-- min_compatible: 4
-- Preferences. An older build's erasure would leave them behind.

-- What a tenant adds to the built-in keys. Not personal: it is in the clear. A version never changes once it is there.
create table preference_schemas (
    tenant_id uuid not null,
    version integer not null,
    at timestamptz not null,
    actor text not null,
    document text not null,
    primary key (tenant_id, version)
);

-- A person's own values, one sealed cell. change_id names the change that wrote it: what else belongs to the change is written only if it did.
create table preferences (
    tenant_id uuid not null,
    user_id uuid not null,
    version integer not null,
    schema_version integer not null,
    change_id uuid not null,
    updated_at timestamptz not null,
    own_values bytea not null,
    primary key (tenant_id, user_id)
);
create index preferences_by_schema on preferences (tenant_id, schema_version, user_id);

create table preference_history (
    tenant_id uuid not null,
    user_id uuid not null,
    version integer not null,
    at timestamptz not null,
    change_id uuid not null,
    change bytea not null,
    primary key (tenant_id, user_id, version)
);
create index preference_history_by_age on preference_history (tenant_id, at);

do $$
declare
    t text;
begin
    foreach t in array array['preference_schemas', 'preferences', 'preference_history']
    loop
        execute format('alter table %s enable row level security', t);
        execute format('alter table %s force row level security', t);
        execute format('create policy tenant_rows on %s to {app}, {readonly}
            using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
            with check (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', t);
        execute format('create policy all_rows on %s to {maintenance} using (true) with check (true)', t);
    end loop;
end $$;

grant select, insert, update, delete on preferences, preference_history to {app}, {maintenance};
-- A version that values were written under is never altered or taken away.
grant select, insert on preference_schemas to {app};
grant select, insert, update, delete on preference_schemas to {maintenance};
grant select on preference_schemas, preferences, preference_history to {readonly};
