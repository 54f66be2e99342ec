using Hatcheck.Crypto;
using Hatcheck.Server.Access;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server;

/// <summary>What happens between the command and the first request; refuses to serve where something is wrong, and says what to do.</summary>
internal sealed class Startup(
    IEngine engine,
    Migrator migrator,
    Tenants tenants,
    IServiceProvider services,
    IOptions<DataOptions> data,
    IOptions<KeyOptions> keys)
{
    /// <summary>Opens the key, brings SQLite's schema up, checks PostgreSQL's; tells the operator what is new.</summary>
    /// <param name="say">A line for the operator.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task RunAsync(Action<string> say, CancellationToken cancellation)
    {
        var keyPath = keys.Value.PathIn(data.Value);
        var newKey = keyPath is not null && !File.Exists(keyPath);
        // Resolved here, so that an unreadable key stops the start and not the first request.
        var kek = services.GetRequiredService<IKeyEncryptionKey>();
        if (newKey)
        {
            say($"Made a new key: {keyPath}");
            say("  Back it up now, apart from the data: whoever loses it loses everything sealed; whoever has both can read it.");
        }

        if (engine.Name == "sqlite")
        {
            await migrator.MigrateAsync(script => say($"Schema: applying {script.Version} {script.Name}"), cancellation);
            await KekCheck.EnsureAsync(engine, kek, cancellation);
            await FirstTenantAsync(say, cancellation);
        }
        else
        {
            await RoleCheck.EnsureAsync(engine, cancellation);
            var state = await migrator.StateAsync(cancellation);
            if (state.Refusal(migrator.Known) is { } refusal) throw new OperatorException(refusal);
            await KekCheck.EnsureAsync(engine, kek, cancellation);
        }
    }

    private async Task FirstTenantAsync(Action<string> say, CancellationToken cancellation)
    {
        if ((await tenants.ListAsync(cancellation)).Count > 0) return;
        await tenants.AddAsync("default", blindOnly: false, scheme: 1, null, cancellation);
        say("Made a first tenant named default. Get a key for your bot, while this server runs, with:");
        say("  hatcheck apikeys add default --name bot");
    }
}
