using Hatcheck.Server.Platform.Jobs;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Platform.Inbox;

/// <summary>Cleans the inboxes of all tenants, also of those whose endpoint was taken away: what it had brought is forgotten like any other's.</summary>
internal sealed partial class InboxCleaningJob(
    InboxCleaning cleaning, IEnumerable<IInboxHandler> handlers, IOptions<InboxOptions> options, ILogger<InboxCleaningJob> logger) : IJob
{
    public string Name => "inbox-cleaning";

    public string Counts => "events thrown away unworked";

    public TimeSpan Interval => TimeSpan.FromHours(1);

    public bool IsOn => options.Value.Work;

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var lost = 0;
        foreach (var tenant in await TenantsAsync(cancellation))
        {
            if (await cleaning.RunAsync(tenant, cancellation) is not (> 0 and var count)) continue;
            Lost(tenant, count);
            lost += count;
        }

        return lost;
    }

    // Without the maintenance role a node cleans what it works.
    private async Task<IReadOnlyList<Guid>> TenantsAsync(CancellationToken cancellation)
    {
        try
        {
            return await cleaning.TenantsAsync(cancellation);
        }
        catch (OperatorException)
        {
            return [.. handlers.SelectMany(handler => handler.Tenants).Distinct()];
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} events of the tenant {Tenant} were thrown away unworked: the key of their day is destroyed.")]
    private partial void Lost(Guid tenant, int count);
}
