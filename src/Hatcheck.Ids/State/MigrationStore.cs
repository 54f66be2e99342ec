using System.Data;
using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.Values;
using NpgsqlTypes;

namespace Hatcheck.Ids.State;

/// <summary>The schema <c>hatcheck_ids</c> in the owner's database: it holds no id, no hash of one and no key.</summary>
internal sealed class MigrationStore(IdsConnection db)
{
    public const string Schema = "hatcheck_ids";

    /// <summary>Statements that create the tables; they may run again.</summary>
    public static IReadOnlyList<string> Tables { get; } =
    [
        "create schema if not exists hatcheck_ids",
        """
            create table if not exists hatcheck_ids.migrations (
              migration_id integer generated always as identity primary key,
              table_schema text not null, table_name text not null, column_name text not null,
              kind text not null, scheme integer not null, key_nonce bytea not null, key_proof bytea not null,
              normalize boolean not null default false, keep_hashed boolean not null default false,
              phase text not null, begun_at timestamptz not null default now(),
              unique (table_schema, table_name, column_name))
            """,
        """
            create table if not exists hatcheck_ids.sites (
              migration_id integer not null references hatcheck_ids.migrations on delete cascade, site integer not null,
              table_schema text not null, table_name text not null, column_name text not null, new_column text not null,
              up_to bigint, checkpoint text, passed_once boolean not null default false, filled bigint not null default 0,
              primary key (migration_id, site))
            """,
        """
            create table if not exists hatcheck_ids.rejects (
              migration_id integer not null references hatcheck_ids.migrations on delete cascade, site integer not null,
              row_name text not null, reason text not null)
            """,
        """
            create table if not exists hatcheck_ids.remaining (
              migration_id integer not null references hatcheck_ids.migrations on delete cascade, place integer not null,
              statement text not null, primary key (migration_id, place))
            """,
    ];

    public async Task<bool> ExistsAsync(CancellationToken cancellation) =>
        await db.ScalarAsync<bool>("select to_regclass('hatcheck_ids.remaining') is not null", cancellation);

    /// <summary>The column's migration; null if none has begun, or it has ended.</summary>
    public async Task<Migration?> FindAsync(TableName table, string column, CancellationToken cancellation)
    {
        if (!await ExistsAsync(cancellation))
            return null;
        var found = await db.QueryAsync(
            """
            select migration_id, phase, kind, scheme, key_nonce, key_proof, normalize, keep_hashed from hatcheck_ids.migrations
            where table_schema = $1 and table_name = $2 and column_name in ($3, lower($3)) order by column_name = $3 desc
            """,
            row => new Migration(
                row.GetInt32("migration_id"),
                row.GetString("phase"),
                new KeyCheck(
                    row.GetString("kind"),
                    row.GetInt32("scheme"),
                    row.GetFieldValue<byte[]>("key_nonce"),
                    row.GetFieldValue<byte[]>("key_proof")
                ),
                new IdText(row.GetBoolean("normalize"), row.GetBoolean("keep_hashed")),
                []
            ),
            cancellation,
            table.Schema,
            table.Name,
            column
        );
        if (found.Count == 0)
            return null;
        var sites = await db.QueryAsync(
            """
            select site, table_schema, table_name, column_name, new_column, up_to, checkpoint, passed_once, filled
            from hatcheck_ids.sites where migration_id = $1 order by site
            """,
            row => new SiteState(
                row.GetInt32("site"),
                row.GetString("table_schema"),
                row.GetString("table_name"),
                row.GetString("column_name"),
                row.GetString("new_column"),
                row.IsDBNull("up_to") ? null : row.GetInt64("up_to"),
                row.IsDBNull("checkpoint") ? null : row.GetString("checkpoint"),
                row.GetBoolean("passed_once"),
                row.GetInt64("filled")
            ),
            cancellation,
            found[0].Id
        );
        return found[0] with { Sites = sites };
    }

    /// <summary>Stores a new migration, inside the caller's transaction.</summary>
    public async Task<int> AddAsync(Site root, KeyCheck key, IdText text, CancellationToken cancellation) =>
        await db.ScalarAsync<int>(
            """
            insert into hatcheck_ids.migrations
                (table_schema, table_name, column_name, kind, scheme, key_nonce, key_proof, normalize, keep_hashed, phase)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'expanding') returning migration_id
            """,
            cancellation,
            root.Table.Schema,
            root.Table.Name,
            root.Column,
            key.Kind,
            key.Scheme,
            key.Nonce,
            key.Proof,
            text.Normalize,
            text.KeepHashed
        );

    public Task AddSiteAsync(int migration, Site site, int number, CancellationToken cancellation) =>
        db.ExecuteAsync(
            """
            insert into hatcheck_ids.sites (migration_id, site, table_schema, table_name, column_name, new_column)
            values ($1, $2, $3, $4, $5, $6) on conflict do nothing
            """,
            cancellation,
            migration,
            number,
            site.Table.Schema,
            site.Table.Name,
            site.Column,
            site.NewColumn
        );

    public Task SetPhaseAsync(int migration, string phase, CancellationToken cancellation) =>
        db.ExecuteAsync(
            "update hatcheck_ids.migrations set phase = $2 where migration_id = $1 and phase <> $2",
            cancellation,
            migration,
            phase
        );

    /// <summary>Stores how to read values, so that all steps read them alike.</summary>
    public Task SetTextAsync(int migration, IdText text, CancellationToken cancellation) =>
        db.ExecuteAsync(
            "update hatcheck_ids.migrations set normalize = $2, keep_hashed = $3 where migration_id = $1 "
                + "and (normalize, keep_hashed) <> ($2, $3)",
            cancellation,
            migration,
            text.Normalize,
            text.KeepHashed
        );

    public Task SetUpToAsync(int migration, int site, long page, CancellationToken cancellation) =>
        db.ExecuteAsync(
            "update hatcheck_ids.sites set up_to = $3 where migration_id = $1 and site = $2",
            cancellation,
            migration,
            site,
            page
        );

    public Task SetPassedAsync(int migration, int site, CancellationToken cancellation) =>
        db.ExecuteAsync(
            "update hatcheck_ids.sites set passed_once = true where migration_id = $1 and site = $2",
            cancellation,
            migration,
            site
        );

    public async Task<long> CountRejectsAsync(int migration, CancellationToken cancellation) =>
        await db.ScalarAsync<long>("select count(*) from hatcheck_ids.rejects where migration_id = $1", cancellation, migration);

    public Task ClearRejectsAsync(int migration, int site, CancellationToken cancellation) =>
        db.ExecuteAsync("delete from hatcheck_ids.rejects where migration_id = $1 and site = $2", cancellation, migration, site);

    public async Task AddRejectsAsync(int migration, int site, IReadOnlyList<Reject> rejects, CancellationToken cancellation)
    {
        if (rejects.Count == 0)
            return;
        await db.ExecuteAsync(
            "insert into hatcheck_ids.rejects (migration_id, site, row_name, reason) select $1, $2, n, r "
                + "from unnest($3, $4) as v(n, r)",
            cancellation,
            migration,
            site,
            rejects.Select(one => one.Row).ToArray(),
            rejects.Select(one => one.Reason).ToArray()
        );
    }

    /// <summary>The statements that finish a contract, in order.</summary>
    public async Task<List<(int Place, string Sql)>> RemainingAsync(int migration, CancellationToken cancellation) =>
        await db.QueryAsync(
            "select place, statement from hatcheck_ids.remaining where migration_id = $1 order by place",
            row => (row.GetInt32("place"), row.GetString("statement")),
            cancellation,
            migration
        );

    public Task AddRemainingAsync(int migration, IReadOnlyList<string> statements, CancellationToken cancellation) =>
        db.ExecuteAsync(
            "insert into hatcheck_ids.remaining (migration_id, place, statement) select $1, u.place, u.statement "
                + "from unnest($2) with ordinality as u(statement, place)",
            cancellation,
            migration,
            new Npgsql.NpgsqlParameter { Value = statements.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text }
        );

    public Task TickOffAsync(int migration, int place, CancellationToken cancellation) =>
        db.ExecuteAsync(
            "delete from hatcheck_ids.remaining where migration_id = $1 and place = $2",
            cancellation,
            migration,
            place
        );

    /// <summary>Deletes the migration, and with the last one the schema.</summary>
    public async Task RemoveAsync(int migration, CancellationToken cancellation)
    {
        await db.ExecuteAsync("delete from hatcheck_ids.migrations where migration_id = $1", cancellation, migration);
        if (await db.ScalarAsync<long>("select count(*) from hatcheck_ids.migrations", cancellation) > 0)
            return;
        await db.ExecuteAsync(
            "drop table hatcheck_ids.remaining, hatcheck_ids.rejects, hatcheck_ids.sites, hatcheck_ids.migrations; drop "
                + "schema hatcheck_ids",
            cancellation
        );
    }
}

/// <summary>A row whose value can't be replaced.</summary>
/// <param name="Row">Its primary key, or its place if the key holds the id.</param>
/// <param name="Reason">Without the value.</param>
internal sealed record Reject(string Row, string Reason);
