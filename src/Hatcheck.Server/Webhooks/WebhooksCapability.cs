using Hatcheck.Contracts;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Storage;

namespace Hatcheck.Server.Webhooks;

/// <summary>What other services tell Hatcheck.</summary>
internal sealed class WebhooksCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Webhooks"] = "What other services tell Hatcheck.",
    };

    public override IReadOnlyList<Settings> Settings { get; } =
        [Platform.Settings.Of<WebhookOptions, WebhookOptionsCheck>(WebhookOptions.Section)];

    public override IReadOnlyList<ProblemKind> Problems { get; } =
    [
        new(ProblemCodes.WebhookSignature, 401, "The delivery is not signed."),
        new(ProblemCodes.WebhookTimestamp, 401, "The delivery is signed for another time."),
    ];

    public override void AddServices(IServiceCollection services) => services.AddWebhooks();

    public override IReadOnlyList<Part<IInboxHandler>> InboxHandlers { get; } = [Part.Of<IInboxHandler, ClerkHandler>()];

    public override void Map(IEndpointRouteBuilder routes) => routes.MapWebhooks();

    public override Task CheckStartAsync(IServiceProvider services, CancellationToken cancellation) =>
        services.GetRequiredService<ClerkEndpoints>().EnsureTenantsAsync(services.GetRequiredService<IEngine>(), cancellation);
}
