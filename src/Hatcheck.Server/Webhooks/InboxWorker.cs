using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Webhooks;

/// <summary>Works the inbox of every tenant with an end point on this node; other nodes do the same, and the database's leases part the work.</summary>
internal sealed partial class InboxWorker(
    InboxQueue inbox, InboxCleaning cleaning, InboxBodies bodies, ClerkEndpoints endpoints, ClerkUsers users, IEngine engine, IOptions<InboxOptions> options, TimeProvider time, ILogger<InboxWorker> logger) : BackgroundService
{
    private const int Batch = 32;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CleaningInterval = TimeSpan.FromHours(1);
    private DateTimeOffset cleanedAt = DateTimeOffset.MinValue;

    // SQLite has one writer.
    private int Parallel => engine.InstantsAreNumbers ? 1 : 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Work || endpoints.Tenants.Count == 0) return;
        try
        {
            while (true)
            {
                if (!await TryRoundAsync(stoppingToken)) await inbox.WaitAsync(Pause, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; what it has leased goes to the next node.
        }
    }

    /// <summary>Whether there was anything to do.</summary>
    private async Task<bool> TryRoundAsync(CancellationToken cancellation)
    {
        try
        {
            var found = false;
            foreach (var tenant in endpoints.Tenants)
            {
                var claims = await inbox.ClaimAsync(tenant, Batch, cancellation);
                found |= claims.Count > 0;
                await System.Threading.Tasks.Parallel.ForEachAsync(
                    claims, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = CancellationToken.None }, async (claim, _) => await WorkAsync(claim, cancellation));
            }

            await CleanAsync(cancellation);
            cancellation.ThrowIfCancellationRequested();
            return found;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            NotWorked(StorageFaults.Classify(fault));
            return false;
        }
    }

    private async Task CleanAsync(CancellationToken cancellation)
    {
        if (time.GetUtcNow() - cleanedAt < CleaningInterval) return;
        foreach (var tenant in endpoints.Tenants) await cleaning.RunAsync(tenant, cancellation);
        cleanedAt = time.GetUtcNow();
    }

    private async Task WorkAsync(Claim claim, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            await inbox.ReleaseAsync(claim, CancellationToken.None);
            return;
        }

        ClerkEndpoint? endpoint = null;
        ClerkEvent? happened = null;
        SecretBytes? body = null;
        try
        {
            endpoint = endpoints.Find(claim.Endpoint);
            if (endpoint is null || endpoint.Tenant != claim.Tenant)
            {
                await FailAsync(claim, "endpoint.unknown", null);
                return;
            }

            body = await bodies.OpenAsync(claim, cancellation);
            happened = ClerkEvent.Read(body.Reveal().ToArray(), claim.EventAt) is ClerkBody.User user ? user.Event : null;
            if (happened is null) await FailAsync(claim, "body.unreadable", null);
            // A second look at a poison that killed its node each time would only kill the next.
            else if (claim.Attempts > options.Value.MaxAttempts) await FailAsync(claim, "attempts", (endpoint, happened, body));
            else await WorkAsync(endpoint, claim, happened, body, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await inbox.ReleaseAsync(claim, CancellationToken.None);
        }
        catch (Exception fault)
        {
            await FailAsync(claim, CodeOf(fault), endpoint is not null && happened is not null && body is not null ? (endpoint, happened, body) : null);
        }
        finally
        {
            body?.Dispose();
        }
    }

    private async Task WorkAsync(ClerkEndpoint endpoint, Claim claim, ClerkEvent happened, SecretBytes body, CancellationToken cancellation)
    {
        switch (await users.WorkAsync(endpoint, claim, happened, body.Reveal().ToArray(), cancellation))
        {
            case WorkResult.Partly partly:
                Buried(claim.Entry, claim.EventType, claim.Endpoint, partly.Fault);
                break;
            case WorkResult.Stale:
                await inbox.ReleaseAsync(claim, CancellationToken.None);
                break;
        }
    }

    private async Task FailAsync(Claim claim, string fault, (ClerkEndpoint Endpoint, ClerkEvent Happened, SecretBytes Body)? known)
    {
        try
        {
            if (await inbox.TryPostponeAsync(claim, fault, CancellationToken.None))
            {
                Postponed(claim.Entry, claim.EventType, claim.Endpoint, claim.Attempts, fault);
                return;
            }

            if (known is not { } open || !await users.BuryAsync(open.Endpoint, claim, open.Happened, open.Body.Reveal().ToArray(), fault, CancellationToken.None))
                await inbox.BuryAsync(claim, fault, CancellationToken.None);
            Buried(claim.Entry, claim.EventType, claim.Endpoint, fault);
        }
        catch (Exception away) when (StorageFaults.Classify(away) != StorageFault.None)
        {
            // The database went away: the lease ends by itself, and the entry is tried again.
            NotWorked(StorageFaults.Classify(away));
        }
    }

    // A code: messages may repeat what an event says.
    private static string CodeOf(Exception fault) => fault switch
    {
        CannotOpenException => "body.cannot_open",
        _ when StorageFaults.Classify(fault) is not StorageFault.None and var kind => $"database.{kind}".ToLowerInvariant(),
        _ => $"fault.{fault.GetType().Name}",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The event {Entry} ({Type}, {Endpoint}) failed at try {Attempt} ({Fault}); it is tried again.")]
    private partial void Postponed(Guid entry, string type, string endpoint, int attempt, string fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "The event {Entry} ({Type}, {Endpoint}) is a dead letter ({Fault}): `hatcheck inbox show` and `replay` are for it.")]
    private partial void Buried(Guid entry, string type, string endpoint, string fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The inbox is not worked ({Kind}); it is tried again.")]
    private partial void NotWorked(StorageFault kind);
}
