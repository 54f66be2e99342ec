-- Spreads a Hatcheck database over the machines of a Citus cluster. Run it on the coordinator, as a superuser, connected to the
-- database, after roles.sql and after each `hatcheck migrate` that brings new tables; running it again changes nothing.
--
--   psql -d hatcheck -v ON_ERROR_STOP=1 -f deploy/postgres/citus.sql
--
-- Nodes then need Database__TenantBinding=transaction. docs/operations/citus.md says what was tried and what was not.

create extension if not exists citus;

-- The tenant is bound by `set local app.tenant`. Without this the workers don't hear of it, and every policy hides every row.
alter role hatcheck_app set citus.propagate_set_commands = 'local';
alter role hatcheck_readonly set citus.propagate_set_commands = 'local';

do $$
declare
    name text;
    -- Everything that belongs to a tenant, all of one tenant on one machine.
    -- First those that others refer to.
    spread text[] := array[
        'tenants', 'users', 'identities', 'profiles', 'profile_values', 'usage_log', 'link_codes', 'keys.user_keys',
        'preferences', 'preference_history', 'preference_schemas',
        'api_keys', 'members', 'member_roles', 'roles', 'sessions', 'keys.tenant_keys', 'keys.day_keys',
        'inbox', 'inbox_seen', 'inbox_subjects', 'outbox', 'outbox_endpoints', 'outbox_secrets',
        'idempotency_keys', 'rate_permits', 'audit_pending'];
    -- Small, and joined with a tenant's rows: on every machine.
    everywhere text[] := array['keys.signing_keys'];
    -- Of the whole installation, and joined with nothing: they stay on the coordinator.
    coordinator text[] := array['keys.kek_check', 'keys.subject_key', 'jobs', 'outbox_tenants', 'schema_versions'];
begin
    foreach name in array spread || everywhere || coordinator loop
        if to_regclass(name) is null then
            raise exception 'There is no table %. Run `hatcheck migrate` first, with the build that this file came with.', name;
        end if;
    end loop;
    foreach name in array everywhere loop
        if not exists (select from pg_dist_partition where logicalrelid = name::regclass) then
            perform create_reference_table(name);
        end if;
    end loop;
    foreach name in array spread loop
        if not exists (select from pg_dist_partition where logicalrelid = name::regclass) then
            perform create_distributed_table(
                name, 'tenant_id', colocate_with => case when name = spread[1] then 'default' else spread[1] end);
        end if;
    end loop;
end
$$;
