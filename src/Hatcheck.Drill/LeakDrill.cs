using System.Text;
using Hatcheck.Drill.Installation;
using Hatcheck.Drill.Planting;
using Hatcheck.Drill.Search;
using Hatcheck.Drill.Sinks;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Tables;

namespace Hatcheck.Drill;

/// <summary>
/// Plants canaries in a throw-away installation through the callers' API, and searches for them everywhere else: while the
/// users exist, and after they are erased and the server is stopped.
/// </summary>
internal sealed class LeakDrill(DrillOptions options, IReadOnlyList<Capability> capabilities, TimeProvider time)
{
    private readonly CanaryBook book = new();
    private readonly Answers answers = new();
    private readonly SearchResults results = new();
    private readonly List<string> emptyTables = [];
    private DigestSet digests = new();
    private int step;

    public async Task<DrillReport> RunAsync(CancellationToken cancellation)
    {
        var started = time.GetUtcNow();
        Begin("creating an installation");
        using var space = new Workspace();
        await using IDrilledDatabase database = options.Postgres is null
            ? new SqliteUnderDrill(space)
            : await PostgresUnderDrill.CreateAsync(options.Postgres, options.PostgresLog, space, time, cancellation);
        await using var installation = await DrilledInstallation.StartAsync(space, database, cancellation);
        Begin("creating two tenants");
        var scopes = KnownPermissions.Of(capabilities).Names;
        PlantedTenant[] tenants =
        [
            await installation.AddTenantAsync("tenant music", isBlindOnly: false, scopes, book, answers, cancellation),
            await installation.AddTenantAsync("tenant desk", isBlindOnly: true, scopes, book, answers, cancellation),
        ];
        using var api = new ApiClient(installation.Address, answers);
        var planter = new Planter(
            await installation.DocumentAsync(cancellation),
            api,
            book,
            new Values(book, time),
            new PlantingPlan(capabilities)
        );
        await PlantAsync(planter, installation, api, tenants, cancellation);

        Begin("searching while the users exist");
        await installation.AddControlsAsync(tenants, book, cancellation);
        await installation.AddKeysAsync(book, cancellation);
        digests = Digests(tenants);
        emptyTables.AddRange(await database.SearchAsync(NewSearcher(), results, cancellation));

        Begin("deleting and erasing");
        foreach (var tenant in tenants)
            await planter.DeleteAsync(tenant, cancellation);
        Begin("stopping the server");
        await installation.StopAsync(cancellation);
        Begin("searching what is left");
        var searcher = NewSearcher();
        await database.SearchAsync(searcher, results, cancellation);
        await Captures.SearchAsync(space, searcher, cancellation);
        answers.SearchWith(searcher);
        return new Verdict(book, results, planter, tenants, emptyTables, TableInventory.Of(capabilities), options).Report(
            database.Name,
            options.Postgres is not null,
            started,
            time.GetUtcNow() - started,
            answers.Count,
            searcher
        );
    }

    private async Task PlantAsync(
        Planter planter,
        DrilledInstallation installation,
        ApiClient api,
        PlantedTenant[] tenants,
        CancellationToken cancellation
    )
    {
        Begin("planting in every operation");
        foreach (var tenant in tenants)
            await planter.LiveAsync(tenant, cancellation);
        Begin("sending what must be refused");
        foreach (var tenant in tenants)
            await planter.MisuseAsync(tenant, cancellation);
        var stray = new StrayRequests(api, book);
        foreach (var tenant in tenants)
            await stray.SendAsync(tenant, cancellation);
        await planter.PeekAsync(tenants[0], tenants[1], cancellation);
        await planter.PeekAsync(tenants[1], tenants[0], cancellation);
        await installation.ShowAsync(tenants, book, answers, cancellation);
    }

    /// <summary>Tries a whole range around the first id of each kind, and only the id itself of the others.</summary>
    private DigestSet Digests(PlantedTenant[] tenants)
    {
        var set = new DigestSet();
        var first = tenants[0];
        Guess[] guesses =
        [
            new("an empty key", []),
            new("the tenant's id", Encoding.ASCII.GetBytes($"{first.Id}")),
            new("the tenant's id as bytes", first.Id.ToByteArray(bigEndian: true)),
            new("the tenant's name", Encoding.UTF8.GetBytes(first.Name)),
            new("the word hatcheck", "hatcheck"u8.ToArray()),
            new("the word telegram", "telegram"u8.ToArray()),
        ];
        var ranged = new HashSet<bool>();
        foreach (var (name, id) in book.Ids)
            set.Add(name, id, ranged.Add(id.StartsWith('+')) ? options.Range : 1, guesses);
        return set;
    }

    private Searcher NewSearcher() =>
        new([.. book.All], digests, results) { Searched = bytes => options.Report(new DrillStep("", step, bytes)) };

    private void Begin(string name) => options.Report(new DrillStep(name, ++step, 0));
}
