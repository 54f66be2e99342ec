using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Outbox;

/// <summary>
/// Sends the outboxes' events, through the sender of each endpoint's kind. Other nodes do the same; leases in the database
/// divide the events. No database connection is held while an event is being sent.
/// </summary>
internal sealed partial class OutboxWorker(
    OutboxQueue queue,
    Database database,
    PersonVaults vaults,
    IEnumerable<IOutboxSender> senders,
    IOptions<OutboxOptions> options,
    ILogger<OutboxWorker> logger
) : BackgroundService
{
    /// <summary>Events being sent at once, over all endpoints of this node.</summary>
    private const int MostAtOnce = 512;

    private const int Marks = 3;

    private static readonly TimeSpan pause = TimeSpan.FromSeconds(1);

    /// <summary>Used while no tenant has an endpoint. An event stored on this node still wakes the worker at once.</summary>
    private static readonly TimeSpan longPause = TimeSpan.FromSeconds(10);

    /// <summary>Time to finish sending when the server stops.</summary>
    private static readonly TimeSpan stopGrace = TimeSpan.FromSeconds(5);

    private readonly List<IOutboxSender> senders = [.. senders];
    private readonly ConcurrentDictionary<Guid, int> inTransit = new();
    private readonly ConcurrentDictionary<Task, bool> sends = new();
    private readonly CancellationTokenSource sendDeadline = new();

    public override void Dispose()
    {
        base.Dispose();
        sendDeadline.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Work)
            return;
        database.Followed += queue.Wake;
        var whole = new Stopwatch();
        var next = TimeSpan.Zero;
        try
        {
            while (true)
            {
                if (await TryRoundAsync(whole.Elapsed >= next, stoppingToken) is { } tenants)
                {
                    whole.Restart();
                    next = tenants == 0 ? longPause : pause;
                }

                await queue.WaitAsync(pause, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Events being sent have a moment to arrive; the rest are released for the next node.
            database.Followed -= queue.Wake;
            sendDeadline.CancelAfter(stopGrace);
            await Task.WhenAll(sends.Keys);
        }
    }

    /// <summary>Processes the tenants woken on this node, or every tenant.</summary>
    /// <returns>The number of tenants, if it processed every one.</returns>
    private async Task<int?> TryRoundAsync(bool isWhole, CancellationToken cancellation)
    {
        try
        {
            var woken = queue.TakeWoken();
            var tenants = isWhole ? await queue.TenantsAsync(cancellation) : woken;
            foreach (var tenant in tenants)
                await TryBeginAsync(tenant, cancellation);
            cancellation.ThrowIfCancellationRequested();
            return isWhole ? tenants.Count : null;
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            NotSent(StorageFaults.Classify(fault));
            return null;
        }
    }

    // One tenant's fault does not hold up others' events.
    private async Task TryBeginAsync(Guid tenant, CancellationToken cancellation)
    {
        try
        {
            await BeginAsync(tenant, cancellation);
        }
        catch (Exception fault)
            when (fault is not OperationCanceledException && StorageFaults.Classify(fault) != StorageFault.Unavailable)
        {
            NotSent(StorageFaults.Classify(fault));
        }
    }

    private async Task BeginAsync(Guid tenant, CancellationToken cancellation)
    {
        using var vault = vaults.Open(tenant);
        foreach (var endpoint in await queue.DueAsync(tenant, cancellation))
        {
            // A slow endpoint uses up its own places and no other's.
            var free = Math.Min(
                options.Value.PerEndpoint - inTransit.GetValueOrDefault(endpoint.Id),
                MostAtOnce - inTransit.Values.Sum()
            );
            if (free <= 0 || senders.Find(one => one.Kind == endpoint.Kind) is not { } sender)
                continue;
            var begun = Stopwatch.StartNew();
            var target = await TryOpenAsync(vault, endpoint, cancellation);
            var claims = await ClaimAsync(tenant, endpoint.Id, free, target, cancellation);
            if (claims.Count == 0)
                continue;
            inTransit.AddOrUpdate(endpoint.Id, claims.Count, (_, before) => before + claims.Count);
            var send = SendAllAsync(sender, target, claims, begun);
            sends[send] = true;
            _ = send.ContinueWith(
                ended => sends.TryRemove(ended, out _),
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default
            );
        }
    }

    private async Task<List<OutboxClaim>> ClaimAsync(
        Guid tenant,
        Guid endpoint,
        int most,
        OpenTarget? target,
        CancellationToken cancellation
    )
    {
        var claims = new List<OutboxClaim>();
        try
        {
            claims = await queue.ClaimAsync(tenant, endpoint, most, cancellation);
            return claims;
        }
        finally
        {
            // Otherwise the task that sends them disposes it.
            if (claims.Count == 0)
                target?.Dispose();
        }
    }

    private static async Task<OpenTarget?> TryOpenAsync(PersonVault vault, DueEndpoint endpoint, CancellationToken cancellation)
    {
        try
        {
            return await OpenTarget.OpenAsync(vault, endpoint, cancellation);
        }
        catch (Exception fault) when (fault is CannotOpenException || StorageFaults.Classify(fault) != StorageFault.None)
        {
            return null;
        }
    }

    private async Task SendAllAsync(IOutboxSender sender, OpenTarget? target, List<OutboxClaim> claims, Stopwatch begun)
    {
        // The round continues meanwhile.
        await Task.Yield();
        try
        {
            await Task.WhenAll(claims.Select(claim => DeliverAsync(sender, target, claim, begun)));
        }
        finally
        {
            target?.Dispose();
        }
    }

    private async Task DeliverAsync(IOutboxSender sender, OpenTarget? target, OutboxClaim claim, Stopwatch begun)
    {
        try
        {
            // A node that slept since the claim leaves the event to the lease's new holder.
            if (begun.Elapsed > options.Value.Lease - options.Value.Timeout)
                Lost(claim.Entry);
            else
                await FinishAsync(claim, await SendAsync(sender, target, claim));
        }
        catch (OperationCanceledException) when (sendDeadline.IsCancellationRequested)
        {
            await TryMarkAsync(claim, () => queue.ReleaseAsync(claim));
        }
        finally
        {
            inTransit.AddOrUpdate(claim.Endpoint, 0, (_, before) => before - 1);
            // A place is free, and the user's next event is now the first.
            queue.Wake(claim.Tenant);
        }
    }

    private async Task<SendResult> SendAsync(IOutboxSender sender, OpenTarget? target, OutboxClaim claim)
    {
        // A node died during the last try.
        if (claim.Attempts > OutboxSchedule.Tries)
            return new SendResult.Refused("attempts");
        if (target is null)
            return new SendResult.Again("endpoint.cannot_open");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(sendDeadline.Token);
        limit.CancelAfter(options.Value.Timeout);
        var delivery = new OutboxDelivery(
            claim.Entry,
            Encoding.UTF8.GetBytes(claim.Payload),
            claim.At,
            target.Address,
            target.Secrets
        );
        try
        {
            return await sender.SendAsync(delivery, limit.Token);
        }
        catch (OperationCanceledException) when (!sendDeadline.IsCancellationRequested)
        {
            return new SendResult.Again("timeout");
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The exception's type only: a message may repeat the address.
            return new SendResult.Again($"fault.{fault.GetType().Name}");
        }
    }

    private async Task FinishAsync(OutboxClaim claim, SendResult result)
    {
        switch (result)
        {
            case SendResult.Delivered:
                await TryMarkAsync(claim, () => queue.DeliveredAsync(claim));
                break;
            case SendResult.Gone gone:
                if (await TryMarkAsync(claim, () => queue.SwitchOffAsync(claim, gone.Fault)))
                    SwitchedOff(claim.Endpoint, gone.Fault);
                break;
            case SendResult.Again again when OutboxSchedule.After(claim.Attempts, again.After) is { } wait:
                if (await TryMarkAsync(claim, () => queue.PostponeAsync(claim, again.Fault, wait)))
                    Postponed(claim.Entry, claim.EventType, claim.Endpoint, claim.Attempts, again.Fault);
                break;
            default:
                var fault = result is SendResult.Refused refused ? refused.Fault : ((SendResult.Again)result).Fault;
                if (await TryMarkAsync(claim, () => queue.DeadLetterAsync(claim, fault)))
                    IsDeadLetter(claim.Entry, claim.EventType, claim.Endpoint, fault);
                break;
        }
    }

    // If the update can't be stored, the event is sent again; the receiver recognises the repeat by its id.
    private async Task<bool> TryMarkAsync(OutboxClaim claim, Func<Task<bool>> mark)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await mark())
                    return true;
                Lost(claim.Entry);
                return false;
            }
            catch (Exception away) when (attempt < Marks && StorageFaults.Classify(away) != StorageFault.None)
            {
                await Task.Delay(pause * attempt, CancellationToken.None);
            }
            catch (Exception away)
            {
                NotSent(StorageFaults.Classify(away));
                return false;
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The event {Entry} ({Type}) for the endpoint {Endpoint} failed at try {Attempt} ({Fault}); it is tried again."
    )]
    private partial void Postponed(Guid entry, string type, Guid endpoint, int attempt, string fault);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The event {Entry} ({Type}) for the endpoint {Endpoint} is now a dead letter ({Fault}); see "
            + "`hatcheck outbox show` and `replay`."
    )]
    private partial void IsDeadLetter(Guid entry, string type, Guid endpoint, string fault);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The endpoint {Endpoint} is switched off ({Fault}): its receiver wants no more events. "
            + "`hatcheck webhooks enable` switches it on."
    )]
    private partial void SwitchedOff(Guid endpoint, string fault);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The lease of the event {Entry} had passed to another node; nothing was marked."
    )]
    private partial void Lost(Guid entry);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The outbox is not sent ({Kind}); it is tried again.")]
    private partial void NotSent(StorageFault kind);
}
