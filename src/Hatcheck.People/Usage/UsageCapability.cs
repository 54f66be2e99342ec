using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Planting;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;

namespace Hatcheck.People.Usage;

/// <summary>The usage log of a user.</summary>
internal sealed class UsageCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["Usage"] = "The usage log of a user." };

    public override IReadOnlyList<ProblemKind> Problems { get; } =
    [new(ProblemCodes.IdempotencyInFlight, 409, "The same request is still being processed.")];

    public override IReadOnlyList<Permission> Permissions => UsagePermissions.Declared;

    public override IReadOnlyList<Table> Tables => UsageTables.Declared;

    // Two entries give two pages, and so a cursor.
    public override IReadOnlyList<PlantedOperation> Planted { get; } = [PlantedOperation.Plain("appendUsage", times: 2)];

    public override IReadOnlyList<Part<IPersonalData>> PersonalData { get; } = [Part.Of<IPersonalData, UsageData>()];

    public override void AddServices(IServiceCollection services) => services.AddUsage();
}
