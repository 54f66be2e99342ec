-- min_compatible: 1
-- Row-level security in one form for every table: a script that adds a table calls hatcheck_protect, and nothing else.
-- {app}, {maintenance}, {readonly} are the configured roles.

-- kind is the declared policy. 'tenant': nodes and readers see rows of the tenant that the connection names, and the maintenance role
-- sees all; it binds the owner too. 'reference' and 'installation': no tenant's column, so there is nothing to compare.
create function hatcheck_protect(protected regclass, kind text) returns void language plpgsql as $protect$
declare
    of_tenant boolean := exists (
        select 1 from pg_attribute a where a.attrelid = protected and a.attname = 'tenant_id' and not a.attisdropped);
begin
    if kind not in ('tenant', 'reference', 'installation') or kind is null then
        raise exception 'hatcheck_protect: % is no policy', kind;
    end if;
    if of_tenant <> (kind = 'tenant') then
        raise exception 'hatcheck_protect: the policy % does not fit the columns of %', kind, protected;
    end if;
    if kind <> 'tenant' then
        return;
    end if;
    execute format('alter table %s enable row level security', protected);
    execute format('alter table %s force row level security', protected);
    execute format('drop policy if exists tenant_rows on %s', protected);
    execute format('drop policy if exists all_rows on %s', protected);
    execute format('create policy tenant_rows on %s to {app}, {readonly}
        using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)
        with check (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', protected);
    execute format('create policy all_rows on %s to {maintenance} using (true) with check (true)', protected);
end $protect$;
revoke all on function hatcheck_protect(regclass, text) from public;

select hatcheck_protect(name::regclass, 'tenant')
from unnest(array[
    'tenants', 'keys.tenant_keys', 'api_keys', 'users', 'keys.user_keys', 'identities', 'link_codes', 'usage_log',
    'idempotency_keys', 'audit_pending', 'roles', 'members', 'member_roles', 'profiles', 'profile_values', 'preference_schemas', 'preferences',
    'preference_history', 'sessions', 'rate_permits', 'keys.day_keys', 'inbox', 'inbox_seen', 'inbox_subjects']) name;
select hatcheck_protect(name::regclass, 'installation')
from unnest(array['keys.kek_check', 'keys.subject_key', 'keys.signing_keys', 'schema_versions']) name;
