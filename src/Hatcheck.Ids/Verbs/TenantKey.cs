using System.CommandLine;
using Hatcheck.Platform;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Ids.Verbs;

/// <summary>
/// Exports a tenant's index key from Hatcheck's own database, audited like <c>keys export-index</c>; through the server if
/// one holds the database.
/// </summary>
internal static class TenantKey
{
    public static async Task<string> ExportAsync(
        string tenant,
        ParseResult parsed,
        IVerbHost host,
        CancellationToken cancellation
    )
    {
        using var line = new StringWriter();
        var reading = host.To(host.Terminal with { Output = line, Interactive = false });
        var exit = await reading.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<TenantDirectory>().FindAsync(tenant, stop);
                if (!owner.BlindOnly)
                    throw new OperatorException(
                        "Only a blind-only tenant's programs hash ids themselves; for this tenant Hatcheck does, and its "
                            + "index key never leaves. Keep its tickets in the table instead, with --register."
                    );
                // Repeated exports are fine: the key is not shown, and each export is recorded.
                using var key = await services
                    .GetRequiredService<IndexKeyExport>()
                    .ExportAsync(owner.Id, host.Terminal.Operator, again: true, stop);
                await line.WriteLineAsync(key.Reveal());
                return ExitCode.Ok;
            },
            cancellation,
            new RemoteVerb(["keys", "export-index", $"--tenant={tenant}", "--stdout", "--again"], [])
        );
        return exit == ExitCode.Ok
            ? line.ToString().Trim()
            : throw new OperatorException("Hatcheck did not hand out the tenant's key; see the message above.");
    }
}
