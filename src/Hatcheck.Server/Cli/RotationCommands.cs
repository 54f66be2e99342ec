using System.CommandLine;
using Hatcheck.Server.Access;
using Hatcheck.Server.Users.Rotation;

namespace Hatcheck.Server.Cli;

/// <summary>What <c>keys rotate-index</c> did.</summary>
/// <param name="TenantId">Whose key.</param>
/// <param name="Version">The newest version.</param>
/// <param name="Older">The version before it, to be retired; null once it is.</param>
/// <param name="Began">False where a rotation was under way and was gone on with.</param>
/// <param name="Rehashed">Identities that this run brought to the newest version.</param>
/// <param name="Left">Those that it could not, each with the reason.</param>
internal sealed record RotationResult(Guid TenantId, int Version, int? Older, bool Began, long Rehashed, IReadOnlyList<LeftIdentity> Left);

/// <summary>What <c>keys retire-index</c> did.</summary>
internal sealed record RetiredIndex(Guid TenantId, int Version, int Rows);

/// <summary>The verbs that rotate a tenant's blind-index key; docs/operations/rotating-index-keys.md is their runbook.</summary>
internal static class RotationCommands
{
    public static Command Rotate(Invocation invocation)
    {
        var tenant = new Argument<string>("tenant") { Description = "The tenant's id or name." };
        var emergency = new Option<bool>("--emergency") { Description = "The key has leaked: retires the older version at once when everything is rehashed." };
        var batch = new Option<int>("--batch") { Description = "Identities in one transaction, 1 to 1,000.", DefaultValueFactory = _ => 200, HelpName = "N" };
        batch.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000) result.AddError("--batch is 1 to 1000.");
        });
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(
            "rotate-index",
            "Makes the next version of a tenant's blind-index key and rehashes every identity, and every address and number of a profile, to it, while bots go on. Stopped at any point, it is gone on with by running it again.",
            "hatcheck keys rotate-index music",
            "hatcheck keys rotate-index music --emergency") { tenant, emergency, batch, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var rotation = services.GetRequiredService<IndexRotation>();
                var begun = await rotation.BeginAsync(owner.Id, invocation.Terminal.Operator, stop);
                await invocation.Terminal.Error.WriteLineAsync(begun.Began ? $"Version {begun.Version} is live." : $"Version {begun.Version} is live already: going on.");
                var meter = new RehashMeter(invocation.Terminal, services.GetRequiredService<TimeProvider>());
                var rehash = await services.GetRequiredService<Rehashing>().RunAsync(owner.Id, owner.BlindOnly, parsed.GetValue(batch), meter.Show, stop);
                meter.End();
                var older = begun.Older;
                if (rehash.Left.Count == 0 && older is { } last && parsed.GetValue(emergency))
                {
                    var rows = await rotation.RetireAsync(owner.Id, owner.BlindOnly, last, invocation.Terminal.Operator, stop);
                    await invocation.Terminal.Error.WriteLineAsync($"Version {last} is retired; {rows} rows deleted.");
                    older = null;
                }

                await TellAsync(invocation.Terminal, new RotationResult(owner.Id, begun.Version, older, begun.Began, rehash.Done, rehash.Left), parsed.GetValue(json));
                return rehash.Left.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
            },
            cancellation));
        return verb;
    }

    public static Command Retire(Invocation invocation)
    {
        var tenant = new Argument<string>("tenant") { Description = "The tenant's id or name." };
        var version = new Option<int>("--version") { Description = "The version to delete; never the newest.", Required = true, HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(
            "retire-index",
            "Deletes an older version of a tenant's blind-index key: its rows and the key itself, for good. Refused while one identity has no row under a newer version.",
            "hatcheck keys retire-index music --version 1") { tenant, version, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var retired = parsed.GetValue(version);
                var rows = await services.GetRequiredService<IndexRotation>().RetireAsync(owner.Id, owner.BlindOnly, retired, invocation.Terminal.Operator, stop);
                if (parsed.GetValue(json)) invocation.Terminal.WriteJson(new RetiredIndex(owner.Id, retired, rows), CliJson.Readable.RetiredIndex);
                else await invocation.Terminal.Output.WriteLineAsync($"Version {retired} is retired; {rows} rows deleted.");
                await invocation.Terminal.Error.WriteLineAsync("Backups made before, the write-ahead log and replicas of PostgreSQL still hold its rows: see docs/operations/rotating-index-keys.md.");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static async Task TellAsync(Terminal terminal, RotationResult result, bool json)
    {
        if (json) terminal.WriteJson(result, CliJson.Readable.RotationResult);
        else await terminal.Output.WriteLineAsync($"{result.Rehashed} identities and profile values rehashed to version {result.Version}; {result.Left.Count} left.");
        if (result.Left.Count > 0)
        {
            if (!json) terminal.WriteTable(["user", "identity, or user again for a profile", "why it is left"], result.Left.Select(left => (string[])[$"{left.UserId}", $"{left.IdentityId}", left.Reason]));
            await terminal.Error.WriteLineAsync("They are found as before, by the older version. It can't be retired until they are unlinked, the profile's value is set anew, or their users are erased.");
        }
        else if (result.Older is { } older)
        {
            await terminal.Error.WriteLineAsync($"When no bot needs version {older} any more: hatcheck keys retire-index {result.TenantId} --version {older}");
        }
    }
}
