using System.Globalization;
using Npgsql;

namespace Hatcheck.TestKit;

/// <summary>
/// Spreads tables over hash partitions by <c>tenant_id</c>, as Citus spreads them over machines: a unique constraint without the
/// column is refused, and a plan shows which shards a statement touches. Names, constraints, policies and rights stay.
/// </summary>
public static class PostgresPartitions
{
    /// <summary>The partitions' schema. No role has rights on it: rows are accessible only through their table.</summary>
    public const string Schema = "partitions";

    private const string Sql = """
        create schema partitions;
        do $partitions$
        declare
            name text;
            old oid;
            place text;
            storage text;
            made text;
            after text[];
            step text;
        begin
            -- The owner checks foreign keys under the policies that bind it.
            alter table tenants no force row level security;
            foreach name in array string_to_array('{tables}', ',') loop
                old := to_regclass(name);
                if old is null then
                    raise exception 'there is no table %', name;
                end if;
                if exists (select from pg_trigger where tgrelid = old and not tgisinternal)
                    or exists (select from pg_constraint where confrelid = old and contype = 'f') then
                    raise exception 'partitions: % has a trigger, or another table refers to it', name;
                end if;
                select old::regclass::text, coalesce('with (' || array_to_string(reloptions, ', ') || ')', '')
                    into place, storage from pg_class where oid = old;
                -- Read before the table goes; run once its successor has its name.
                select array_agg(sql order by turn, sql) into after from (
                    select 1 as turn,
                            format('alter table %s add constraint %I %s', place, conname, pg_get_constraintdef(oid)) as sql
                        from pg_constraint where conrelid = old and contype in ('p', 'u', 'f', 'x')
                    union all select 2, pg_get_indexdef(indexrelid) from pg_index i
                        where indrelid = old and not exists (
                            select from pg_constraint c where c.conrelid = old and c.conindid = i.indexrelid)
                    union all select 3, format('alter table %s enable row level security', place)
                        from pg_class where oid = old and relrowsecurity
                    union all select 3, format('alter table %s force row level security', place)
                        from pg_class where oid = old and relforcerowsecurity
                    union all select 4, format('create policy %I on %s as %s for %s to %s', polname, place,
                            case when polpermissive then 'permissive' else 'restrictive' end,
                            case polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                                else 'delete' end,
                            (select string_agg(role::regrole::text, ', ') from unnest(polroles) role))
                            || coalesce(' using (' || pg_get_expr(polqual, old) || ')', '')
                            || coalesce(' with check (' || pg_get_expr(polwithcheck, old) || ')', '')
                        from pg_policy where polrelid = old
                    union all select 5, format('grant %s on %s to %s', privilege_type, place, grantee::regrole)
                        from pg_class, aclexplode(relacl) where oid = old and grantee <> relowner) steps;
                execute format('alter table %s no force row level security', place);
                execute format(
                    'create table partitions.successor (like %s including all excluding indexes) '
                    'partition by hash (tenant_id)', place);
                for i in 0..{count} - 1 loop
                    execute format(
                        'create table partitions.%I partition of partitions.successor '
                        'for values with (modulus {count}, remainder %s) %s', name || '_' || i, i, storage);
                end loop;
                execute format('insert into partitions.successor select * from %s', place);
                select format('alter table partitions.successor set schema %I', nspname) into made
                    from pg_class c join pg_namespace n on n.oid = relnamespace where c.oid = old;
                execute format('drop table %s', place);
                execute made;
                execute format('alter table %s rename to %I', replace(place, name, 'successor'), name);
                foreach step in array after loop
                    execute step;
                end loop;
            end loop;
            alter table tenants force row level security;
        end
        $partitions$;
        """;

    /// <summary>Moves the rows of each table into partitions of its successor.</summary>
    /// <param name="owner">The connection string of the tables' owner.</param>
    /// <param name="tables">Table names in <c>public</c> or <c>keys</c>; each has a <c>tenant_id</c>.</param>
    /// <param name="count">Partitions per table.</param>
    public static async Task SpreadAsync(string owner, IEnumerable<string> tables, int count)
    {
        var settings = new NpgsqlConnectionStringBuilder(owner) { Pooling = false, SearchPath = "public,keys" };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        var sql = Sql.Replace("{tables}", string.Join(',', tables), StringComparison.Ordinal)
            .Replace("{count}", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }
}
