using System.CommandLine;
using Hatcheck.Platform;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Ids.Verbs;

/// <summary>
/// Takes a tenant's index key out of Hatcheck's own database, in the audited way of <c>keys export-index</c>; where a server
/// holds the database, through it.
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
                // Whether it was exported before does not matter here: it is not shown to anybody, and each time is recorded.
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
            : throw new OperatorException("Hatcheck did not give the tenant's key; it said why above.");
    }
}
