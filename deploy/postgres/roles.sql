-- The roles of a Hatcheck database. Run once per database, as a superuser, connected to that database:
--
--   createdb hatcheck && psql -d hatcheck -f deploy/postgres/roles.sql
--
-- Then give each role a password (`\password hatcheck_app` in psql). Running it again changes nothing.
--
--   hatcheck_owner        owns the schema and applies migrations; `hatcheck migrate` only, never `serve`
--   hatcheck_app          what `hatcheck serve` connects as; row-level security binds it to one tenant at a time
--   hatcheck_maintenance  jobs that cross tenants: counting, purging, rewriting the key table
--   hatcheck_readonly     looks at rows that say nothing about a person; never at keys
--
-- Table rights are granted by the migrations that make the tables.

do $$
declare
    role text;
begin
    foreach role in array array['hatcheck_owner', 'hatcheck_app', 'hatcheck_maintenance', 'hatcheck_readonly'] loop
        if not exists (select from pg_roles where rolname = role) then
            execute format('create role %I login', role);
        end if;
        -- Stated each time: the server refuses to start under a role that could step around row-level security.
        execute format('alter role %I nosuperuser nobypassrls nocreatedb nocreaterole noreplication', role);
        execute format('grant connect on database %I to %I', current_database(), role);
    end loop;

    execute format('alter database %I owner to hatcheck_owner', current_database());
    execute format('revoke all on database %I from public', current_database());
end
$$;

alter schema public owner to hatcheck_owner;
revoke all on schema public from public;
grant usage on schema public to hatcheck_app, hatcheck_maintenance, hatcheck_readonly;
