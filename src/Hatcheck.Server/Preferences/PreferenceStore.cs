using System.Text.Json;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Preferences.Schemas;
using Hatcheck.Server.Users;

namespace Hatcheck.Server.Preferences;

internal abstract record PreferenceResult
{
    internal sealed record Now(PreferenceState State) : PreferenceResult;

    internal sealed record Absent(PersonLookup Person) : PreferenceResult;

    internal sealed record Refused(IReadOnlyDictionary<string, string[]> Errors) : PreferenceResult;

    /// <summary>Not what <c>If-Match</c> named.</summary>
    internal sealed record Changed : PreferenceResult;

    /// <summary>The history does not have the version, or no more.</summary>
    internal sealed record NotKept : PreferenceResult;

    /// <summary>Others were first again and again; nothing was stored.</summary>
    internal sealed record Busy : PreferenceResult;
}

/// <summary>What a change makes of a person's own values.</summary>
internal abstract record Proposal
{
    /// <summary>All own values from now on, and what did not come along.</summary>
    internal sealed record Values(SortedDictionary<string, JsonElement> Own, IReadOnlyList<Unfit> Unfit) : Proposal;

    internal sealed record Refused(IReadOnlyDictionary<string, string[]> Errors) : Proposal;

    internal sealed record NotKept : Proposal;
}

/// <summary>
/// Reads and changes people's preferences. A change is computed from what was read and stored only if that still stands (by version, in one
/// batch with its history and its audit entry); if not it is computed again, so that of changes at the same moment each takes effect.
/// </summary>
internal sealed class PreferenceStore(People people, PersonVaults vaults, TenantSchemas schemas, PreferenceWriter writer)
{
    // Of any number of writers at once at least one gets through each time.
    private const int Attempts = 50;

    private static readonly Columns Own = new(People.Person);
    private static readonly Field Version = Own.Add("p.version");
    private static readonly Field SchemaVersion = Own.Add("p.schema_version");
    private static readonly Field ChangeId = Own.Add("p.change_id");
    private static readonly Field UpdatedAt = Own.Add("p.updated_at");
    private static readonly Field OwnValues = Own.Add("p.own_values");
    private static readonly WrappedKey.Fields AuditKey = new(Own, "a", People.Id, KeyPurpose.Audit);
    private static readonly Field Newest = Own.Add("coalesce((select max(t.version) from preference_schemas t where t.tenant_id = $1), 0)");
    private static readonly Field Now = Own.Add("{now}");

    private static readonly PersonQuery<Stored> Query = new(
        Own,
        "left join preferences p on p.tenant_id = s.tenant_id and p.user_id = s.user_id "
        + "left join user_keys a on a.tenant_id = s.tenant_id and a.user_id = s.user_id and a.purpose = 'audit'",
        static row => new Stored(
            row.IsNull(Version)
                ? null
                : new PreferenceRow
                {
                    UserId = row.Guid(People.Id),
                    Version = row.Number(Version),
                    SchemaVersion = row.Number(SchemaVersion),
                    ChangeId = row.Guid(ChangeId),
                    UpdatedAt = row.Instant(UpdatedAt),
                    OwnValues = row.Bytes(OwnValues),
                },
            AuditKey.Read(row),
            row.Number(Newest),
            row.Instant(Now)),
        "a.version desc");

    /// <summary>One round trip, once the node knows the tenant's schema.</summary>
    public async Task<PreferenceResult> ReadAsync(Guid tenant, Guid user, CancellationToken cancellation)
    {
        var (lookup, stored) = await people.FindAsync(tenant, user, Query, cancellation);
        if (lookup is not PersonLookup.Found person || stored is null) return new PreferenceResult.Absent(lookup);
        using var vault = vaults.Open(tenant, person.Keys);
        return new PreferenceResult.Now(await OpenAsync(vault, person, stored, cancellation));
    }

    /// <summary>Two round trips, and two more for each time that somebody else was first. A change that changes nothing is not one.</summary>
    /// <param name="caller">Who asks for it.</param>
    /// <param name="user">Whose preferences.</param>
    /// <param name="precondition">What must still stand.</param>
    /// <param name="act">As history and audit log have it.</param>
    /// <param name="propose">Computes it; called again with what others have made of it meanwhile.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<PreferenceResult> ChangeAsync(
        Caller caller, Guid user, Precondition precondition, Act act, Func<PreferenceState, CancellationToken, ValueTask<Proposal>> propose, CancellationToken cancellation)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var (lookup, stored) = await people.FindAsync(caller.Tenant, user, Query, cancellation);
            if (lookup is not PersonLookup.Found person || stored is null) return new PreferenceResult.Absent(lookup);
            using var vault = vaults.Open(caller.Tenant, person.Keys);
            vault.BroughtAllOf(person.User);
            if (stored.AuditKey is { } auditKey) vault.Bring(auditKey);
            var state = await OpenAsync(vault, person, stored, cancellation);
            if (!precondition.Allows(state.Etag)) return new PreferenceResult.Changed();
            switch (await propose(state, cancellation))
            {
                case Proposal.Refused refused:
                    return new PreferenceResult.Refused(refused.Errors);
                case Proposal.NotKept:
                    return new PreferenceResult.NotKept();
                case Proposal.Values proposed
                    when await writer.TryWriteAsync(caller, vault, state, act, proposed, cancellation) is { } next:
                    return new PreferenceResult.Now(next);
            }
        }

        return new PreferenceResult.Busy();
    }

    private async Task<PreferenceState> OpenAsync(
        PersonVault vault, PersonLookup.Found person, Stored stored, CancellationToken cancellation)
    {
        var steps = await schemas.StepsAsync(
            vault.Tenant, stored.Row?.SchemaVersion ?? stored.Schema, stored.Schema, cancellation);
        if (stored.Row is not { } row) return new PreferenceState(person, stored.Now, 0, stored.Schema, null, None(), None(), [], steps[^1]);
        var values = await PreferenceState.OpenAsync(vault, row, cancellation);
        var (own, unfit) = SchemaMigration.Run(values, steps);
        return new PreferenceState(person, stored.Now, row.Version, row.SchemaVersion, row.UpdatedAt, values, own, unfit, steps[^1]);
    }

    private static SortedDictionary<string, JsonElement> None() => new(StringComparer.Ordinal);

    /// <summary>What stands in the database beside the person.</summary>
    /// <param name="Row">Null: no own value yet.</param>
    /// <param name="AuditKey">The newest; null: not made yet.</param>
    /// <param name="Schema">The tenant's newest.</param>
    /// <param name="Now">When it was read, by the database's clock.</param>
    private sealed record Stored(PreferenceRow? Row, WrappedKey? AuditKey, int Schema, DateTimeOffset Now);
}
