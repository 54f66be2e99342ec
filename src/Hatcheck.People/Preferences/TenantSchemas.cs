using System.Collections.Concurrent;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Preferences;

/// <summary>
/// The versions of a tenant's schema. A version never changes, so nodes cache compiled ones; each request reads the
/// current version number from the database.
/// </summary>
internal sealed class TenantSchemas(Database database, TimeProvider time)
{
    /// <summary>The most versions of a tenant.</summary>
    public const int MostVersions = 1000;

    private const int MostKept = 1000;
    private const string Columns = "select version, at, actor, document from preference_schemas where tenant_id = $1 and ";
    private const string Newest = Columns + "version = (select max(version) from preference_schemas where tenant_id = $1)";
    private const string One = Columns + "version = $2";
    private const string Range = Columns + "version > $2 and version <= $3 order by version";

    private const string IfThere = "from tenants where tenant_id = $1";

    private const string Insert =
        "insert into preference_schemas (tenant_id, version, at, actor, document) select $1, $2, $3, $4, $5 " + IfThere;

    private readonly ConcurrentDictionary<(Guid Tenant, int Version), PreferenceSchema> compiled = new();

    /// <summary>Returns an existing version; one round trip if this node has not cached it.</summary>
    public async ValueTask<PreferenceSchema> GetAsync(Guid tenant, int version, CancellationToken cancellation)
    {
        if (version == 0)
            return BuiltInKeys.Schema;
        if (compiled.TryGetValue((tenant, version), out var schema))
            return schema;
        return (await StepsAsync(tenant, version - 1, version, cancellation))[0];
    }

    /// <summary>
    /// The versions after one up to another, oldest first: the migration steps of stored values. Only the current one if
    /// nothing has changed.
    /// </summary>
    public async ValueTask<IReadOnlyList<PreferenceSchema>> StepsAsync(
        Guid tenant,
        int after,
        int upTo,
        CancellationToken cancellation
    )
    {
        if (after >= upTo)
            return [await GetAsync(tenant, upTo, cancellation)];
        var wanted = Enumerable.Range(after + 1, upTo - after).ToList();
        // Look each up only once: another request may clear the cache between two look-ups.
        var kept = wanted.ConvertAll(version => compiled.GetValueOrDefault((tenant, version)));
        if (kept.TrueForAll(schema => schema is not null))
            return kept!;
        var rows = await database.QueryAsync(tenant, Range, [tenant, after, upTo], Read, cancellation);
        if (rows.Count != wanted.Count)
            throw new InvalidOperationException("A version of the tenant's schema is missing.");
        return rows.ConvertAll(row => Compiled(tenant, row));
    }

    /// <summary>The current version, or an older one.</summary>
    public async Task<Outcome<PreferenceSchemaResponse>> ShowAsync(Guid tenant, int? version, CancellationToken cancellation)
    {
        var rows = version is { } one
            ? await database.QueryAsync(tenant, One, [tenant, one], Read, cancellation)
            : await database.QueryAsync(tenant, Newest, [tenant], Read, cancellation);
        if (rows is [var row])
            return View(row);
        return version is null or 0 ? View(null) : new PreferenceRefusal.NoSuchSchema();
    }

    /// <summary>Stores a new version, unless it equals the current one.</summary>
    public Task<Outcome<PreferenceSchemaResponse>> PutAsync(
        Caller caller,
        PreferenceSchemaRequest request,
        Precondition match,
        CancellationToken cancellation
    ) =>
        // If another request stored a version meanwhile, the next attempt compares this one with that.
        database.RepeatAsync<PreferenceSchemaResponse>(
            async () =>
            {
                var rows = await database.QueryAsync(caller.Tenant, Newest, [caller.Tenant], Read, cancellation);
                var row = rows.Count == 0 ? null : rows[0];
                if (!match.Allows(TagOf(row?.Version ?? 0)))
                    return PreferenceRefusal.SchemaNotMatched(match);
                if (row is not null && AreEqual(row.Request, request))
                    return View(row);
                var faults = new DocumentFaults();
                var schema = SchemaRequest.Read(row is null ? BuiltInKeys.Schema : Compiled(caller.Tenant, row), request, faults);
                if (schema.Version > MostVersions)
                    faults.Add("", $"A tenant has at most {MostVersions} versions.");
                if (faults.Any)
                    return PreferenceRefusal.Of(faults);
                var put = new Stored(schema.Version, time.Now(), caller.Actor.Text, request);
                await WriteAsync(caller, put, cancellation);
                return View(put);
            },
            cancellation
        );

    /// <summary>Compiles a stored version; null is version 0.</summary>
    public static PreferenceSchema Of(PreferenceSchemaRow? row) =>
        row is null
            ? BuiltInKeys.Schema
            : SchemaRequest.Stored(
                row.Version,
                JsonSerializer.Deserialize(row.Document, HatcheckJson.Default.PreferenceSchemaRequest)!
            );

    private Task<int[]> WriteAsync(Caller caller, Stored put, CancellationToken cancellation)
    {
        var document = JsonSerializer.Serialize(put.Request, HatcheckJson.Default.PreferenceSchemaRequest);
        return database.ExecuteAsync(
            caller.Tenant,
            [
                (Insert, [caller.Tenant, put.Version, put.At, put.Actor, document]),
                AuditTrail.Statement(caller.Tenant, PreferenceActs.Schema, caller.Actor, condition: IfThere),
            ],
            cancellation
        );
    }

    private PreferenceSchema Compiled(Guid tenant, Stored row)
    {
        if (compiled.TryGetValue((tenant, row.Version), out var known))
            return known;
        // Clears the cache when full: compiling again is cheaper than keeping every version of many tenants.
        if (compiled.Count >= MostKept)
            compiled.Clear();
        return compiled[(tenant, row.Version)] = SchemaRequest.Stored(row.Version, row.Request);
    }

    private static bool AreEqual(PreferenceSchemaRequest one, PreferenceSchemaRequest other) =>
        Same(one.Properties, other.Properties) && Same(one.Defaults, other.Defaults);

    private static bool Same(JsonElement? one, JsonElement? other) =>
        (one, other) switch
        {
            (null, null) => true,
            ({ } first, { } second) => JsonElement.DeepEquals(first, second),
            _ => false,
        };

    private static Stored Read(Row row) =>
        new(
            row.Number("version"),
            row.Instant("at"),
            row.Text("actor"),
            JsonSerializer.Deserialize(row.Text("document"), HatcheckJson.Default.PreferenceSchemaRequest)!
        );

    private static string TagOf(int version) => $"\"{version}.{BuiltInKeys.Version}\"";

    private static PreferenceSchemaResponse View(Stored? row) =>
        new(
            row?.Version ?? 0,
            TagOf(row?.Version ?? 0),
            row?.At,
            row?.Actor,
            BuiltInKeys.Document,
            row?.Request.Properties,
            row?.Request.Defaults,
            row?.Request.Migrations
        );

    private sealed record Stored(int Version, DateTimeOffset At, string Actor, PreferenceSchemaRequest Request);
}
