using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Planting;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Access.Webhooks;

/// <summary>Webhooks from a sign-in provider about its users.</summary>
internal sealed class WebhooksCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["Webhooks"] = "Events from other services to Hatcheck." };

    public override IReadOnlyList<Settings> Settings { get; } =
    [Platform.Settings.Of<WebhookOptions, WebhookOptionsCheck>(WebhookOptions.Section)];

    public override IReadOnlyList<ProblemKind> Problems { get; } =
    [
        new(ProblemCodes.WebhookSignature, 401, "The delivery is not signed."),
        new(ProblemCodes.WebhookTimestamp, 401, "The delivery is signed for another time."),
    ];

    public override IReadOnlyList<PlantedOperation> Planted { get; } =
    [
        PlantedOperation.Plain("takeClerkWebhook") with
        {
            NotPlanted = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["path endpoint"] =
                    "a webhook's endpoint is a setting that names a tenant, and the drill's tenants are created "
                    + "while the server runs; the webhook tests search for traces of deliveries",
            },
        },
    ];

    public override IReadOnlyList<Part<IPersonalData>> PersonalData { get; } = [Part.Of<IPersonalData, InboxData>()];

    public override void AddServices(IServiceCollection services) =>
        services.AddSingleton<ClerkEndpoints>().AddSingleton<ClerkIntake>();

    public override IReadOnlyList<Part<IInboxHandler>> InboxHandlers { get; } = [Part.Of<IInboxHandler, ClerkHandler>()];

    public override void Map(IEndpointRouteBuilder routes) => ClerkRoutes.Map(routes);

    public override Task CheckStartAsync(IServiceProvider services, CancellationToken cancellation) =>
        services.GetRequiredService<ClerkEndpoints>().EnsureTenantsAsync(services.GetRequiredService<IEngine>(), cancellation);
}
