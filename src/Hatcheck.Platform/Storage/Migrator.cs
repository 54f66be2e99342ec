using System.Data.Common;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Storage;

/// <summary>The state of a database's schema, compared with this build.</summary>
/// <param name="Version">The newest applied script; 0 for an empty database.</param>
/// <param name="MinCompatible">The oldest build, by its newest script, that still works with the database.</param>
/// <param name="Altered">An applied script whose contents differ from this build's; null if there is none.</param>
internal sealed record SchemaState(int Version, int MinCompatible, int? Altered = null)
{
    /// <summary>Why this build can't serve, as a sentence that says what to do; null if it can.</summary>
    public string? Refusal(int known)
    {
        if (Version < known)
            return $"The database is at schema version {Version} and this build needs {known}. Run `hatcheck migrate`.";
        if (MinCompatible > known)
            return $"The database is at schema version {Version}, which needs a build with at least version "
                + $"{MinCompatible}; this one has {known}. Run a newer hatcheck.";
        return Altered is { } script
            ? $"Script {script} was applied to the database with other contents than this build's, so the state of its "
                + "tables is unknown. Run a released build, or restore a backup."
            : null;
    }
}

/// <summary>One numbered script, embedded in this build.</summary>
internal sealed record Migration(int Version, string Name, int MinCompatible, string Sql)
{
    /// <summary>SHA-256, independent of the checkout's line endings.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));
}

/// <summary>
/// Brings the schema up to this build, script by script. Each runs in one transaction under a lock that ends with the
/// process: several nodes may start together, and a node killed half-way leaves the last complete version.
/// </summary>
internal sealed class Migrator(
    IEngine engine,
    IOptions<DatabaseOptions> options,
    TimeProvider time,
    CapabilityAssemblies assemblies
)
{
    private const string VersionsTable =
        "create table if not exists schema_versions (version integer primary key, min_compatible integer not null, name text "
        + "not null, checksum text not null, applied_at text not null)";

    private const string Applied = "select version, min_compatible, checksum from schema_versions order by version";

    /// <summary>The scripts of this build for this database, oldest first.</summary>
    public IReadOnlyList<Migration> Scripts { get; init; } = Load(engine.Name, assemblies);

    public int Known => Scripts[^1].Version;

    /// <summary>Applies missing scripts, reporting each before it runs. Returns the number applied.</summary>
    public async Task<int> MigrateAsync(Action<Migration>? applying, CancellationToken cancellation)
    {
        await using var connection = await engine.OpenOwnerAsync(cancellation);
        var applied = 0;
        while (await ApplyNextAsync(connection, applying, cancellation))
            applied++;
        return applied;
    }

    /// <summary>The state of the schema, read as the tenant-bound role.</summary>
    public async Task<SchemaState> StateAsync(CancellationToken cancellation)
    {
        try
        {
            return Of(await engine.QueryAsync(Guid.Empty, Applied, [], Read, cancellation));
        }
        catch (DbException fault) when (IsMissingTable(fault))
        {
            return new SchemaState(0, 0);
        }
    }

    private async Task<bool> ApplyNextAsync(DbConnection connection, Action<Migration>? applying, CancellationToken cancellation)
    {
        await using var transaction = await engine.BeginMigrationAsync(connection, cancellation);
        await RunAsync(connection, transaction, VersionsTable, cancellation);
        var state = await StateAsync(connection, transaction, cancellation);
        // An older schema is what this fixes; it must not touch anything else.
        if ((state with { Version = Math.Max(state.Version, Known) }).Refusal(Known) is { } refusal)
            throw new OperatorException(refusal);
        var next = Scripts.FirstOrDefault(script => script.Version > state.Version);
        if (next is null)
            return false;
        applying?.Invoke(next);
        var sql = next
            .Sql.Replace("{app}", options.Value.AppRole, StringComparison.Ordinal)
            .Replace("{maintenance}", options.Value.MaintenanceRole, StringComparison.Ordinal)
            .Replace("{readonly}", options.Value.ReadOnlyRole, StringComparison.Ordinal);
        await RunAsync(connection, transaction, sql, cancellation);
        var at = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        await RunAsync(
            connection,
            transaction,
            $"insert into schema_versions values ({next.Version}, {next.MinCompatible}, '{next.Name}', '{next.Checksum}', "
                + $"'{at}')",
            cancellation
        );
        await transaction.CommitAsync(cancellation);
        return true;
    }

    private async Task<SchemaState> StateAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = Applied;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<(int Version, int MinCompatible, string Checksum)>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(Read(new Row(reader)));
        return Of(rows);
    }

    private static (int Version, int MinCompatible, string Checksum) Read(Row row) =>
        (row.Number("version"), row.Number("min_compatible"), row.Text("checksum"));

    private SchemaState Of(List<(int Version, int MinCompatible, string Checksum)> applied)
    {
        if (applied.Count == 0)
            return new SchemaState(0, 0);
        var altered = applied
            .FirstOrDefault(row => Scripts.Any(script => script.Version == row.Version && script.Checksum != row.Checksum))
            .Version;
        return new SchemaState(applied[^1].Version, applied.Max(row => row.MinCompatible), altered == 0 ? null : altered);
    }

    // The statements are this build's scripts, never input.
    private static async Task RunAsync(
        DbConnection connection,
        DbTransaction transaction,
        string sql,
        CancellationToken cancellation
    )
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static bool IsMissingTable(DbException fault) =>
        fault is Npgsql.PostgresException { SqlState: "42P01" or "42501" or "3F000" }
        || (
            fault is Microsoft.Data.Sqlite.SqliteException { SqliteErrorCode: 1 }
            && fault.Message.Contains("no such table", StringComparison.Ordinal)
        );

    private static List<Migration> Load(string engineName, CapabilityAssemblies assemblies)
    {
        var prefix = $"Migrations/{engineName}/";
        return
        [
            .. assemblies
                .All.SelectMany(part => part.GetManifestResourceNames(), (part, name) => (Part: part, Name: name))
                .Where(script => script.Name.StartsWith(prefix, StringComparison.Ordinal))
                .OrderBy(script => script.Name, StringComparer.Ordinal)
                .Select(script => Parse(script.Name[prefix.Length..], Read(script.Part, script.Name))),
        ];
    }

    private static string Read(Assembly part, string name)
    {
        using var script = new StreamReader(part.GetManifestResourceStream(name)!);
        return script.ReadToEnd();
    }

    private static Migration Parse(string file, string sql)
    {
        const string Header = "-- min_compatible: ";
        var minimum = sql.StartsWith(Header, StringComparison.Ordinal)
            ? int.Parse(
                sql.AsSpan(Header.Length, sql.IndexOf('\n', StringComparison.Ordinal) - Header.Length),
                CultureInfo.InvariantCulture
            )
            : throw new InvalidOperationException($"{file} does not begin with its min_compatible line.");
        return new Migration(int.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture), file[5..^4], minimum, sql);
    }
}
