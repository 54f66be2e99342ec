using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;
using Microsoft.Extensions.Options;

namespace Hatcheck;

/// <summary>
/// Prepares the server before its first request; refuses to serve if something is wrong, with a remedy.
/// </summary>
internal sealed class Startup(
    IEngine engine,
    Migrator migrator,
    IServiceProvider services,
    IOptions<DataOptions> data,
    IOptions<KeyOptions> keys
)
{
    /// <summary>
    /// Does everything before serving: schema, role, key, and the capabilities' own checks. Reports news to the operator.
    /// </summary>
    /// <param name="say">A line for the operator.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="isThrownAway">The demo's data: needs no backup, and its key is shown.</param>
    public async Task RunAsync(Action<string> say, CancellationToken cancellation, bool isThrownAway = false)
    {
        await engine.CheckRoleAsync(cancellation);
        Action<string> news = isThrownAway ? _ => { } : say;
        await OpenAsync(news, mayBegin: true, cancellation);
        var clock = await services.GetRequiredService<NodeClock>().ReadAsync(cancellation);
        if (clock.IsOff)
            say(clock.Warning);
        foreach (var capability in services.GetServices<Capability>())
            await capability.PrepareAsync(services, news, cancellation);
        foreach (var capability in services.GetServices<Capability>())
            await capability.CheckStartAsync(services, cancellation);
    }

    /// <summary>
    /// The part that a CLI verb needs too: migrates SQLite's schema, checks PostgreSQL's, and opens the key that the data
    /// was sealed under.
    /// </summary>
    /// <param name="say">A line for the operator.</param>
    /// <param name="mayBegin">A database without a key takes this process's key.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task OpenAsync(Action<string> say, bool mayBegin, CancellationToken cancellation)
    {
        if (engine.IsMadeAtStart)
            await migrator.MigrateAsync(script => say($"Schema: applying {script.Version} {script.Name}"), cancellation);
        else if ((await migrator.StateAsync(cancellation)).Refusal(migrator.Known) is { } refusal)
            throw new OperatorException(refusal);
        await OpenKeyAsync(say, mayBegin, cancellation);
    }

    private async Task OpenKeyAsync(Action<string> say, bool mayBegin, CancellationToken cancellation)
    {
        var known = await KekCheck.KnownAsync(engine, cancellation);
        if (known is null && !mayBegin)
            throw new NoInstallationException(
                "The database is empty and belongs to no key yet; `hatcheck serve` or `hatcheck tenants add` begins it."
            );
        var path = keys.Value.PathIn(data.Value);
        var isNew = path is not null && !File.Exists(path);
        if (isNew && known is not null)
            throw new OperatorException(
                $"There is no {path}, but the data was sealed under the key-encryption key {known}. Set Keys to the key of "
                    + "this installation (restore it from its own backup): a new one would open nothing."
            );
        // Resolved here, so that an unreadable key stops the start and not the first request; not earlier, since resolving it
        // creates the file.
        var kek = services.GetRequiredService<IKeyEncryptionKey>();
        await KekCheck.EnsureAsync(engine, kek, cancellation);
        if (!isNew)
            return;
        say($"Created a new key: {path}");
        say("  Back it up now, apart from the data: without it nothing sealed can be read, and with both everything can.");
    }
}
