using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Platform.Inbox;

/// <summary>
/// Works the inbox of every tenant with an endpoint on this node, through the handler of each event's source. Other nodes do the same, and
/// the database's leases part the work.
/// </summary>
internal sealed partial class InboxWorker(
    InboxQueue inbox,
    InboxBodies bodies,
    IEnumerable<IInboxHandler> handlers,
    IOptions<InboxOptions> options,
    ILogger<InboxWorker> logger) : BackgroundService
{
    private const int Together = 64;
    private const int Alone = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly List<IInboxHandler> handlers = [.. handlers];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Work) return;
        try
        {
            while (true)
            {
                if (!await TryRoundAsync(stoppingToken)) await inbox.WaitAsync(Pause, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
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
            foreach (var tenant in handlers.SelectMany(handler => handler.Tenants).Distinct())
            {
                var claims = await inbox.ClaimAsync(tenant, untried: true, Together, cancellation);
                found |= claims.Count > 0;
                await WorkAsync(tenant, claims, cancellation);
                for (var i = 0; i < Alone && await inbox.ClaimAsync(tenant, untried: false, 1, cancellation) is { Count: > 0 } again; i++)
                {
                    found = true;
                    await WorkAsync(tenant, again, cancellation);
                }
            }

            cancellation.ThrowIfCancellationRequested();
            return found;
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            NotWorked(StorageFaults.Classify(fault));
            return false;
        }
    }

    private async Task WorkAsync(Guid tenant, List<Claim> claims, CancellationToken cancellation)
    {
        if (claims.Count == 0) return;
        var opened = new List<SecretBytes>();
        try
        {
            var works = await OpenAsync(claims, opened, cancellation);
            foreach (var group in works.GroupBy(work => work.Handler, work => work.Work))
            {
                var together = group.ToList();
                if (await TryTogetherAsync(group.Key, tenant, together, cancellation)) continue;
                // One of them spoils the transaction for all: each for itself, so that only that one has failed.
                foreach (var work in together) await AloneAsync(group.Key, tenant, work, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server stops: what is not done goes back, as if it had not been tried.
            await inbox.ReleaseAsync(claims, CancellationToken.None);
        }
        finally
        {
            foreach (var body in opened) body.Dispose();
        }
    }

    /// <summary>Those that can be worked; the others have failed.</summary>
    private async Task<List<(IInboxHandler Handler, InboxWork Work)>> OpenAsync(List<Claim> claims, List<SecretBytes> opened, CancellationToken cancellation)
    {
        var works = new List<(IInboxHandler Handler, InboxWork Work)>();
        foreach (var claim in claims)
        {
            try
            {
                if (handlers.Find(one => one.Takes(claim)) is not { } handler)
                {
                    await FailAsync(claim, "endpoint.unknown");
                    continue;
                }

                var body = await bodies.OpenAsync(claim, cancellation);
                opened.Add(body);
                var plain = body.Reveal().ToArray();
                if (handler.Read(claim, plain) is not { } work) await FailAsync(claim, "body.unreadable");
                // A second look at a poison that killed its node each time would only kill the next.
                else if (claim.Attempts > options.Value.MaxAttempts) await FailAsync(claim, "attempts", handler, work);
                else works.Add((handler, work));
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                await FailAsync(claim, CodeOf(fault));
            }
        }

        return works;
    }

    /// <summary>False: nothing of it is done, and who is to blame is not known.</summary>
    private async Task<bool> TryTogetherAsync(IInboxHandler handler, Guid tenant, List<InboxWork> works, CancellationToken cancellation)
    {
        if (works.Count < 2) return works.Count == 0;
        try
        {
            await FinishAsync(works, await handler.WorkAsync(tenant, works, cancellation));
            return true;
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            if (StorageFaults.Classify(fault) is not (StorageFault.Unavailable or StorageFault.Full)) return false;
            // Nobody's fault but the database's: all wait.
            foreach (var work in works) await FailAsync(work.Claim, CodeOf(fault), handler, work);
            return true;
        }
    }

    private async Task AloneAsync(IInboxHandler handler, Guid tenant, InboxWork work, CancellationToken cancellation)
    {
        try
        {
            await FinishAsync([work], await handler.WorkAsync(tenant, [work], cancellation));
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            await FailAsync(work.Claim, CodeOf(fault), handler, work);
        }
    }

    private async Task FinishAsync(List<InboxWork> works, IReadOnlyList<WorkResult> results)
    {
        foreach (var (work, result) in works.Zip(results))
        {
            if (result is WorkResult.Partly partly) Buried(work.Claim.Entry, work.Claim.EventType, work.Claim.Endpoint, partly.Fault);
        }

        await inbox.ReleaseAsync([.. works.Zip(results).Where(pair => pair.Second is WorkResult.Again).Select(pair => pair.First.Claim)], CancellationToken.None);
    }

    private async Task FailAsync(Claim claim, string fault, IInboxHandler? handler = null, InboxWork? work = null)
    {
        try
        {
            if (await inbox.TryPostponeAsync(claim, fault, CancellationToken.None))
            {
                Postponed(claim.Entry, claim.EventType, claim.Endpoint, claim.Attempts, fault);
                return;
            }

            if (handler is null || work is null || !await TryBuryAsync(handler, work, fault)) await inbox.BuryAsync(claim, fault, CancellationToken.None);
            Buried(claim.Entry, claim.EventType, claim.Endpoint, fault);
        }
        catch (Exception away) when (StorageFaults.Classify(away) != StorageFault.None)
        {
            // The database went away: the lease ends by itself, and the entry is tried again.
            NotWorked(StorageFaults.Classify(away));
        }
    }

    /// <summary>Under the person's key; false if nobody is known, or if it is that key which can't be opened: then it stays as it is sealed, and comes to an end all the same.</summary>
    private static async Task<bool> TryBuryAsync(IInboxHandler handler, InboxWork work, string fault)
    {
        try
        {
            return await handler.BuryAsync(work, fault, CancellationToken.None);
        }
        catch (CannotOpenException)
        {
            return false;
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
