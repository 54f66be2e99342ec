using Hatcheck.Contracts;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Planting;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;

namespace Hatcheck.Server.Usage;

/// <summary>The usage log of a user.</summary>
internal sealed class UsageCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Usage"] = "The usage log of a person.",
    };

    public override IReadOnlyList<ProblemKind> Problems { get; } =
    [
        new(ProblemCodes.IdempotencyInFlight, 409, "The same request is being worked on."),
    ];

    public override IReadOnlyList<Permission> Permissions => UsagePermissions.Declared;

    public override IReadOnlyList<Table> Tables => UsageTables.Declared;

    // Two entries make two pages, and so a cursor.
    public override IReadOnlyList<PlantedOperation> Planted { get; } = [PlantedOperation.Plain("appendUsage", times: 2)];

    public override IReadOnlyList<Part<IPersonalData>> PersonalData { get; } = [Part.Of<IPersonalData, UsageData>()];

    public override void AddServices(IServiceCollection services) => services.AddUsage();

    public override void Map(IEndpointRouteBuilder routes) => routes.MapUsage();
}
