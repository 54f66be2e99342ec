using System.CommandLine;
using System.Text.Json.Serialization;
using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.People.Users.Rotation;

internal sealed record KeyStatus(
    string KekId,
    string Provider,
    IReadOnlyList<WrappedCount> Wrapped,
    IReadOnlyList<TenantKeyView> IndexKeys,
    IReadOnlyList<VersionRows> Rotations
);

/// <summary>Result of <c>keys rotate-index</c>.</summary>
/// <param name="TenantId">The key's tenant.</param>
/// <param name="Version">The newest version.</param>
/// <param name="Older">The version before it, to be retired; null once retired.</param>
/// <param name="Began">False if it continued a rotation in progress.</param>
/// <param name="Rehashed">Identities that this run rehashed to the newest version.</param>
/// <param name="Left">Those that could not be rehashed, each with the reason.</param>
internal sealed record RotationResult(
    Guid TenantId,
    int Version,
    int? Older,
    bool Began,
    long Rehashed,
    IReadOnlyList<LeftIdentity> Left
);

/// <summary>Result of <c>keys retire-index</c>.</summary>
internal sealed record RetiredIndex(Guid TenantId, int Version, int Rows);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(KeyStatus))]
[JsonSerializable(typeof(RotationResult))]
[JsonSerializable(typeof(RetiredIndex))]
internal sealed partial class RotationJson : JsonSerializerContext;

/// <summary>
/// The verbs that show keys and rotate a tenant's blind-index key; docs/operations/rotating-index-keys.md is their runbook.
/// </summary>
internal static class RotationVerbs
{
    public static VerbGroup Of(IVerbHost host) => new("keys", [Status(host), Rotate(host), Retire(host)]);

    private static DatabaseVerb Status(IVerbHost host)
    {
        var verb = new DatabaseVerb(
            host,
            "status",
            "Shows which key-encryption key (KEK) is in use, how many keys each KEK wraps, the versions of the index keys, "
                + "and the progress of a rotation. Never shows a key.",
            "hatcheck keys status",
            "hatcheck keys status --json"
        );
        verb.Does(
            async (run, stop) =>
            {
                var (kek, inventory) = (run.Get<IKeyEncryptionKey>(), run.Get<KeyInventory>());
                var rotations = await run.Get<RotationStatus>().UnderWayAsync(stop);
                var status = new KeyStatus(
                    kek.Id,
                    kek.Describe(),
                    await inventory.CountAsync(stop),
                    await inventory.TenantKeysAsync(stop),
                    rotations
                );
                run.Line(status, RotationJson.Default.KeyStatus, $"KEK in use: {status.KekId} ({status.Provider})");
                if (!run.Json)
                    WriteTables(run.Terminal, status);
                return ExitCode.Ok;
            }
        );
        return verb;
    }

    private static void WriteTables(Terminal terminal, KeyStatus status)
    {
        terminal.WriteTable(
            ["table", "KEK", "keys"],
            status.Wrapped.Select(row =>
                (string[])[row.Table, row.KekId == status.KekId ? $"{row.KekId} (in use)" : row.KekId, $"{row.Keys}"]
            )
        );
        terminal.WriteTable(
            ["tenant", "key", "version", "scheme", "state"],
            status.IndexKeys.Select(row =>
                (string[])[$"{row.TenantId}", row.Purpose, $"{row.Version}", $"{row.Scheme}", row.State]
            )
        );
        if (status.Rotations.Count == 0)
            return;
        terminal.Output.WriteLine("Rotations in progress:");
        terminal.WriteTable(
            ["tenant", "version", "identities", "not yet under a newer one"],
            status.Rotations.Select(row =>
                (string[])[$"{row.TenantId}", $"{row.Version}", $"{row.Rows}", row.Left is { } left ? $"{left}" : "newest"]
            )
        );
    }

    private static TenantVerb Rotate(IVerbHost host)
    {
        var emergency = new Option<bool>("--emergency")
        {
            Description = "The key has leaked: retires the older version at once after rehashing.",
        };
        var batch = new Option<int>("--batch")
        {
            Description = "Identities in one transaction, 1 to 1,000.",
            DefaultValueFactory = _ => 200,
            HelpName = "N",
        };
        batch.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
                result.AddError("--batch is 1 to 1000.");
        });
        var verb = TenantVerb.WithArgument(
            host,
            "rotate-index",
            "Creates the next version of a tenant's blind-index key and rehashes every identity, and every address and "
                + "number of a profile, to it, while bots keep running. If stopped at any point, run it again to continue.",
            "hatcheck keys rotate-index",
            "hatcheck keys rotate-index music --emergency"
        );
        verb.Add(emergency);
        verb.Add(batch);
        verb.Does(
            async (run, stop) =>
            {
                var (owner, rotation) = (run.Tenant, run.Get<IndexRotation>());
                var begun = await rotation.BeginAsync(owner.Id, run.Terminal.Operator, stop);
                run.Hint(
                    begun.Began ? $"Version {begun.Version} is live." : $"Version {begun.Version} is live already: continuing."
                );
                var meter = new RehashMeter(run.Terminal, run.Get<TimeProvider>());
                var rehash = await run.Get<IndexRehash>().RunAsync(owner.Id, owner.BlindOnly, run.Value(batch), meter.Show, stop);
                meter.End();
                var older = begun.Older;
                if (rehash.Left.Count == 0 && older is { } last && run.Value(emergency))
                {
                    var rows = await rotation.RetireAsync(owner.Id, owner.BlindOnly, last, run.Terminal.Operator, stop);
                    run.Hint($"Version {last} is retired; {rows} rows deleted.");
                    older = null;
                }

                Tell(run, new RotationResult(owner.Id, begun.Version, older, begun.Began, rehash.Done, rehash.Left));
                return rehash.Left.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
            }
        );
        return verb;
    }

    private static TenantVerb Retire(IVerbHost host)
    {
        var version = new Option<int>("--version")
        {
            Description = "The version to delete; never the newest.",
            Required = true,
            HelpName = "N",
        };
        var verb = TenantVerb.WithArgument(
            host,
            "retire-index",
            "Deletes an older version of a tenant's blind-index key: its rows and the key itself, for good. "
                + "Refused while any identity has no row under a newer version.",
            "hatcheck keys retire-index --version 1",
            "hatcheck keys retire-index music --version 1"
        );
        verb.Add(version);
        verb.Does(
            async (run, stop) =>
            {
                var (owner, retired) = (run.Tenant, run.Value(version));
                var rows = await run.Get<IndexRotation>()
                    .RetireAsync(owner.Id, owner.BlindOnly, retired, run.Terminal.Operator, stop);
                run.Line(
                    new RetiredIndex(owner.Id, retired, rows),
                    RotationJson.Default.RetiredIndex,
                    $"Version {retired} is retired; {rows} rows deleted."
                );
                run.Hint(
                    "Earlier backups, the write-ahead log and replicas of PostgreSQL still hold its rows: see "
                        + "docs/operations/rotating-index-keys.md."
                );
                return ExitCode.Ok;
            }
        );
        return verb;
    }

    private static void Tell(VerbRun run, RotationResult result)
    {
        run.Line(
            result,
            RotationJson.Default.RotationResult,
            $"{result.Rehashed} identities and profile values rehashed to version {result.Version}; {result.Left.Count} left."
        );
        if (result.Left.Count > 0)
        {
            if (!run.Json)
                run.Terminal.WriteTable(
                    ["user", "identity, or user again for a profile", "why it is left"],
                    result.Left.Select(left => (string[])[$"{left.UserId}", $"{left.IdentityId}", left.Reason])
                );
            run.Hint(
                "The older version still finds them. It can be retired only after they are unlinked, the "
                    + "profile's value is set again, or their users are erased."
            );
        }
        else if (result.Older is { } older)
        {
            run.Hint(
                $"When no bot needs version {older} any more: hatcheck keys retire-index {result.TenantId} --version {older}"
            );
        }
    }
}
