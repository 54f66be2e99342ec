using System.Text.Json.Nodes;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.Platform.Verbs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Hatcheck.Tests.Planted;

internal sealed class ShoeOptions
{
    public string Source { get; set; } = "";

    public Guid Tenant { get; set; }
}

internal sealed class ShoeSizes(Database database, PersonVaults vaults)
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<string> Sealed = SealedColumn.Text("shoe_sizes", "size");

    private const string Person = "select user_id from users where tenant_id = $1 and user_id = $2 and erased_at is null";

    private const string Put =
        "insert into shoe_sizes (tenant_id, user_id, size) values ($1, $2, $3) on conflict (tenant_id, user_id) do update "
        + "set size = excluded.size";

    public static async Task<Results<NoContent, Problem>> PutAsync(
        Guid id,
        string size,
        Caller caller,
        ShoeSizes sizes,
        CancellationToken cancellation
    ) =>
        size == "0" ? Problems.Unprocessable(ShoesCapability.NoSuchSize, "Sizes begin at 1.", "size")
        : await sizes.TrySetAsync(caller, id, size, cancellation) ? TypedResults.NoContent()
        : Problems.UserNotFound();

    private async Task<bool> TrySetAsync(Caller caller, Guid user, string size, CancellationToken cancellation)
    {
        var tenant = caller.Tenant;
        var rows = await database.QueryAsync(tenant, Person, [tenant, user], row => row.Guid("user_id"), cancellation);
        if (rows.Count == 0)
            return false;
        using var vault = vaults.Open(tenant);
        var cell = await vault.SealAsync(Sealed.At(KeyOwner.User(user)), size, cancellation);
        var entry = AuditTrail.Statement(tenant, ShoesCapability.Change, caller.Actor, user);
        await database.ExecuteAsync(tenant, [(Put, [tenant, user, cell]), entry], cancellation);
        return true;
    }
}

internal static class ShoeVerbs
{
    public static VerbGroup Of(IVerbHost host)
    {
        var count = new DatabaseVerb(host, "count", "Counts the sizes of all tenants.", "hatcheck shoes count");
        count.Does(
            async (run, stop) =>
            {
                var rows = await run.Get<Database>()
                    .AcrossTenantsAsync("select count(*) as kept from shoe_sizes", [], row => row.Number("kept"), stop);
                return run.Line(new JsonObject { ["sizes"] = rows[0] }, ExportJson.Default.JsonObject, $"{rows[0]}");
            }
        );
        return new("shoes", [count]) { Description = "What users wear.", Examples = ["hatcheck shoes count"] };
    }
}

internal sealed class ShoeJob : IJob
{
    public int Rounds { get; private set; }

    public string Name => "shoes";

    public string Counts => "shoes polished";

    public JobSchedule Schedule { get; } = JobSchedule.Every(TimeSpan.FromHours(1));

    public Task<int> RunAsync(JobRun run, CancellationToken cancellation) => Task.FromResult(++Rounds);
}

/// <summary>Only counts its events.</summary>
internal sealed class ShoeHandler(IOptions<ShoeOptions> options) : IInboxHandler
{
    private int processed;

    public int Processed => processed;

    public IReadOnlyList<InboxEndpoint> Endpoints => [new(options.Value.Tenant, options.Value.Source)];

    public InboxEvent? Read(Claim claim, ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith("{\"shoe\""u8) ? new InboxEvent(claim, body) : null;

    public Task<IReadOnlyList<InboxResult>> ProcessAsync(InboxBatch batch, CancellationToken cancellation)
    {
        Interlocked.Add(ref processed, batch.Events.Count);
        return Task.FromResult<IReadOnlyList<InboxResult>>([.. batch.Events.Select(_ => new InboxResult.Done())]);
    }

    public Task<Guid?> OwnerAsync(HatcheckDb db, TenantKeySet keys, InboxEvent happened, CancellationToken cancellation) =>
        Task.FromResult<Guid?>(null);
}
