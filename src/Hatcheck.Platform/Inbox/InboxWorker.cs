using System.Runtime.CompilerServices;
using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Inbox;

/// <summary>
/// Processes the inbox of every tenant with an endpoint on this node, through the handler of each event's source. Other
/// nodes do the same; leases in the database divide the events.
/// </summary>
internal sealed partial class InboxWorker(
    IEngine engine,
    InboxQueue inbox,
    InboxBodies bodies,
    InboxBatches batches,
    InboxHandlers handlers,
    IOptions<InboxOptions> options,
    ILogger<InboxWorker> logger
) : BackgroundService
{
    private const int BatchesInARow = 8;

    // As many as a batch, so that new events don't hold up what a killed node left.
    private const int SinglesInARow = 64;

    private static readonly ParallelOptions threeAtOnce = new() { MaxDegreeOfParallelism = 3 };

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Work)
            return;
        try
        {
            while (true)
            {
                var found = false;
                foreach (var tenant in handlers.Tenants)
                    found |= await TryRoundAsync(tenant, stoppingToken);
                stoppingToken.ThrowIfCancellationRequested();
                if (!found)
                    await inbox.WaitAsync(Pause, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops; its leased events go to the next node.
        }
    }

    /// <summary>
    /// Runs one round for a tenant; returns whether there was anything to do. One tenant's fault does not hold up others.
    /// </summary>
    private async Task<bool> TryRoundAsync(Guid tenant, CancellationToken cancellation)
    {
        try
        {
            var found = await BatchesAsync(tenant, cancellation);
            return await SinglesAsync(tenant, cancellation) || found;
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            NotProcessed(StorageFaults.Classify(fault));
            return false;
        }
    }

    // Some batches wait for the database while others are opened and sealed, so that a burst is processed as fast as it
    // arrives.
    private async Task<bool> BatchesAsync(Guid tenant, CancellationToken cancellation)
    {
        var found = false;
        // A failed claim and a failed batch must not end each other.
        await Parallel.ForEachAsync(
            ClaimsAsync(tenant, cancellation),
            threeAtOnce,
            async (claims, _) =>
            {
                found = true;
                try
                {
                    await ProcessAsync(tenant, claims, cancellation);
                }
                catch (Exception fault)
                {
                    NotProcessed(StorageFaults.Classify(fault));
                }
            }
        );
        return found;
    }

    private async IAsyncEnumerable<List<Claim>> ClaimsAsync(Guid tenant, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var i = 0; i < BatchesInARow; i++)
        {
            var claims = await inbox.ClaimAsync(tenant, untried: true, engine.LargestBatch, cancellation);
            if (claims.Count > 0)
                yield return claims;
            if (claims.Count < engine.LargestBatch)
                yield break;
        }
    }

    // Nothing else runs on this node meanwhile: an event that kills it affects no other event.
    private async Task<bool> SinglesAsync(Guid tenant, CancellationToken cancellation)
    {
        for (var i = 0; i < SinglesInARow; i++)
        {
            var single = await inbox.ClaimAsync(tenant, untried: false, 1, cancellation);
            if (single.Count == 0)
                return i > 0;
            await ProcessAsync(tenant, single, cancellation);
        }

        return true;
    }

    private async Task ProcessAsync(Guid tenant, List<Claim> claims, CancellationToken cancellation)
    {
        if (claims.Count == 0)
            return;
        var opened = new List<SecretBytes>();
        try
        {
            var events = await OpenAsync(claims, opened, cancellation);
            foreach (var group in events.GroupBy(read => read.Handler, read => read.Event))
                await BatchAsync(group.Key, tenant, [.. group], cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server stops: unfinished events are released as if untried.
            await inbox.ReleaseAsync(claims, CancellationToken.None);
        }
        finally
        {
            foreach (var body in opened)
                body.Dispose();
        }
    }

    /// <summary>Opens the events that can be processed; the others are marked as failed.</summary>
    private async Task<List<(IInboxHandler Handler, InboxEvent Event)>> OpenAsync(
        List<Claim> claims,
        List<SecretBytes> opened,
        CancellationToken cancellation
    )
    {
        var events = new List<(IInboxHandler Handler, InboxEvent Event)>();
        foreach (var claim in claims)
        {
            try
            {
                if (handlers.Find(claim) is not { } handler)
                {
                    await FailAsync(claim, "endpoint.unknown");
                    continue;
                }

                var body = await bodies.OpenAsync(claim, cancellation);
                opened.Add(body);
                if (handler.Read(claim, body.Reveal().ToArray()) is not { } happened)
                    await FailAsync(claim, "body.unreadable");
                // An event that killed its node on every try would only kill the next one.
                else if (claim.Attempts > options.Value.MaxAttempts)
                    await FailAsync(claim, "attempts", handler, happened);
                else
                    events.Add((handler, happened));
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                await FailAsync(claim, CodeOf(fault));
            }
        }

        return events;
    }

    // If one event spoils the transaction for all, bisection finds it, so that only that one fails.
    private async Task BatchAsync(IInboxHandler handler, Guid tenant, List<InboxEvent> events, CancellationToken cancellation)
    {
        try
        {
            Tell(events, await batches.ProcessAsync(handler, tenant, events, cancellation));
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            // The database's fault, not an event's: all wait.
            if (events.Count == 1 || StorageFaults.Classify(fault) is StorageFault.Unavailable or StorageFault.Full)
            {
                foreach (var happened in events)
                    await FailAsync(happened.Claim, CodeOf(fault), handler, happened);
                return;
            }

            var half = events.Count / 2;
            await BatchAsync(handler, tenant, events[..half], cancellation);
            await BatchAsync(handler, tenant, events[half..], cancellation);
        }
    }

    private void Tell(List<InboxEvent> events, IReadOnlyList<InboxResult> results)
    {
        foreach (var (happened, result) in events.Zip(results))
        {
            var claim = happened.Claim;
            if (result is InboxResult.Partly partly)
                IsDeadLetter(claim.Entry, claim.EventType, claim.Endpoint, partly.Fault);
            else if (result is InboxResult.Later later)
                Postponed(claim.Entry, claim.EventType, claim.Endpoint, claim.Attempts, later.Fault);
        }

        if (results.Count(result => result is InboxResult.Lost) is > 0 and var lost)
            LostLease(lost);
    }

    private async Task FailAsync(Claim claim, string fault, IInboxHandler? handler = null, InboxEvent? happened = null)
    {
        try
        {
            if (await inbox.TryPostponeAsync(claim, fault, CancellationToken.None))
            {
                Postponed(claim.Entry, claim.EventType, claim.Endpoint, claim.Attempts, fault);
                return;
            }

            if (handler is null || happened is null)
                await inbox.DeadLetterAsync(claim, fault, CancellationToken.None);
            else
                await batches.DeadLetterAsync(handler, happened, fault, CancellationToken.None);
            IsDeadLetter(claim.Entry, claim.EventType, claim.Endpoint, fault);
        }
        catch (Exception away) when (StorageFaults.Classify(away) != StorageFault.None)
        {
            // The database went down: the lease expires, and the entry is retried.
            NotProcessed(StorageFaults.Classify(away));
        }
    }

    // A code, because messages may repeat an event's contents.
    private static string CodeOf(Exception fault) =>
        fault switch
        {
            CannotOpenException => "body.cannot_open",
            _ when StorageFaults.Classify(fault) is not StorageFault.None and var kind => $"database.{kind}".ToLowerInvariant(),
            _ => $"fault.{fault.GetType().Name}",
        };

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The event {Entry} ({Type}, {Endpoint}) failed at try {Attempt} ({Fault}); it is tried again."
    )]
    private partial void Postponed(Guid entry, string type, string endpoint, int attempt, string fault);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The event {Entry} ({Type}, {Endpoint}) is now a dead letter ({Fault}); see `hatcheck inbox show` "
            + "and `replay`."
    )]
    private partial void IsDeadLetter(Guid entry, string type, string endpoint, string fault);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The lease of {Count} events passed to another node, which processes them; "
            + "this one was too slow and changed nothing."
    )]
    private partial void LostLease(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The inbox is not processed ({Kind}); it is tried again.")]
    private partial void NotProcessed(StorageFault kind);
}
