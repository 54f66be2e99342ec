using System.Text.Json;
using Hatcheck.Drill.Planting;
using Hatcheck.Drill.Search;
using Hatcheck.Drill.Sinks;

namespace Hatcheck.Drill.Installation;

/// <summary>
/// A throw-away installation: a real server with the most detailed logs, its database, a telemetry collector, and two
/// tenants.
/// </summary>
internal sealed class DrilledInstallation : IAsyncDisposable
{
    private readonly Workspace space;
    private readonly Collector collector;
    private readonly HatcheckChild child;

    private DrilledInstallation(Workspace space, IDrilledDatabase database, Collector collector)
    {
        (this.space, Database, this.collector) = (space, database, collector);
        child = new HatcheckChild(
            space,
            new Dictionary<string, string>(database.Settings, StringComparer.Ordinal)
            {
                ["Logging:Level"] = "Trace",
                ["Logging:Format"] = "json",
                ["Telemetry:OtlpEndpoint"] = collector.Address,
                ["Telemetry:MetricsInterval"] = "00:00:01",
                // The requests concern a few users, come from one address, and many are wrong: with limits, the drill would
                // mostly wait.
                ["Limits:UserPermits"] = "1000000",
                ["Limits:FreeFailures"] = "1000",
            }
        );
    }

    public IDrilledDatabase Database { get; }

    public Uri Address { get; private set; } = null!;

    private string KeyFile => Path.Combine(space.Data, "kek.key");

    public static async Task<DrilledInstallation> StartAsync(
        Workspace space,
        IDrilledDatabase database,
        CancellationToken cancellation
    )
    {
        var installation = new DrilledInstallation(space, database, await Collector.StartAsync(space, cancellation));
        try
        {
            await installation.child.RunAsync(null, cancellation, "migrate");
            installation.Address = await installation.child.ServeAsync(cancellation);
            return installation;
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a tenant and a key for its bot, and reads its index key; all by the operator's verbs.</summary>
    public async Task<PlantedTenant> AddTenantAsync(
        string name,
        bool isBlindOnly,
        IReadOnlyList<string> scopes,
        CanaryBook book,
        Answers answers,
        CancellationToken cancellation
    )
    {
        var added = await RunAsync(
            answers,
            null,
            cancellation,
            ["tenants", "add", name, .. isBlindOnly ? (string[])["--blind-only"] : []]
        );
        var id = Guid.Parse(added.Output.Trim());
        var made = await RunAsync(
            answers,
            null,
            cancellation,
            "apikeys",
            "add",
            $"{id}",
            "--name",
            "drill",
            "--scopes",
            string.Join(',', scopes)
        );
        // Only a blind-only tenant's index key leaves the server; the drill unwraps all with the installation's key file.
        if (isBlindOnly)
            await RunAsync(answers, null, cancellation, "keys", "export-index", $"{id}", "--stdout");
        var apiKey = made.Output.Trim();
        book.Add(Canary.Of($"API key of {name}", apiKey, owner: null, new ExpectedPlace(SinkNames.Verbs, "apikeys add")));
        await using var connection = await Database.OpenAsync(cancellation);
        return new PlantedTenant(
            name,
            id,
            isBlindOnly,
            apiKey,
            await WrappedKeys.IndexOfAsync(id, connection, KeyFile, cancellation)
        );
    }

    /// <summary>Runs the verbs that show data, so that their output is searched too.</summary>
    public async Task ShowAsync(
        IReadOnlyList<PlantedTenant> tenants,
        CanaryBook book,
        Answers answers,
        CancellationToken cancellation
    )
    {
        await RunAsync(answers, null, cancellation, "tenants", "list", "--json");
        await RunAsync(answers, null, cancellation, "keys", "status", "--json");
        foreach (var tenant in tenants)
        {
            await RunAsync(answers, null, cancellation, "apikeys", "list", $"{tenant.Id}", "--json");
            await RunAsync(
                answers,
                tenant.Name,
                cancellation,
                "users",
                "inspect",
                tenant.People[0],
                "--tenant",
                $"{tenant.Id}",
                "--reason",
                book.Text($"users inspect --reason of {tenant.Name}", owner: null)
            );
        }
    }

    /// <summary>Adds the control markers of each place, and the keys that the server created.</summary>
    public async Task AddControlsAsync(IReadOnlyList<PlantedTenant> tenants, CanaryBook book, CancellationToken cancellation)
    {
        Database.AddTo(book, tenants[0].Id);
        book.AddControl($"{tenants[0].Id}", SinkNames.Verbs);
        book.AddControl("Hatcheck listens on ", SinkNames.Output);
        book.AddControl("Hatcheck.Cli.ServeCommand", SinkNames.Log);
        book.AddControl("POST /users/resolve", SinkNames.Traces);
        book.AddControl("http.server.request.duration", SinkNames.Metrics);
        book.AddControl("/docs/errors/", SinkNames.Refusals);
        book.AddControl("X-Content-Type-Options", SinkNames.Headers);
        await Captures.MarkAsync(space, book, cancellation);
    }

    public async Task AddKeysAsync(CanaryBook book, CancellationToken cancellation)
    {
        await WrappedKeys.AddFileAsync(book, KeyFile, SinkNames.Data, cancellation);
        await using var connection = await Database.OpenAsync(cancellation);
        await WrappedKeys.AddToAsync(book, connection, KeyFile, cancellation);
    }

    public async Task<ApiDocument> DocumentAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Address };
        return new ApiDocument(
            JsonDocument
                .Parse(await http.GetByteArrayAsync(new Uri("/openapi/v1.json", UriKind.Relative), cancellation))
                .RootElement
        );
    }

    /// <summary>Stops the server, which sends its remaining telemetry.</summary>
    public Task StopAsync(CancellationToken cancellation) => child.StopAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await child.DisposeAsync();
        await collector.DisposeAsync();
    }

    private async Task<VerbOutput> RunAsync(
        Answers answers,
        string? tenant,
        CancellationToken cancellation,
        params string[] arguments
    )
    {
        var done = await child.RunAsync(null, cancellation, arguments);
        answers.KeepVerb($"{arguments[0]} {arguments[1]}", tenant, $"{done.Output}\n{done.Error}");
        return done;
    }
}
