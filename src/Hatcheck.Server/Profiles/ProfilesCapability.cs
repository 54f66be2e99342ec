using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Jobs;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Planting;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;

namespace Hatcheck.Server.Profiles;

/// <summary>Profiles, their deletion and its grace period.</summary>
internal sealed class ProfilesCapability : Capability
{
    public override IReadOnlyList<Settings> Settings { get; } =
        [Platform.Settings.Of<ProfileOptions>(ProfileOptions.Section)];

    public override IReadOnlyList<Table> Tables => ProfileTables.Declared;

    public override IReadOnlyList<Part<IJob>> Jobs { get; } = [Part.Of<IJob, PurgeJob>()];

    public override IReadOnlyList<PlantedOperation> Planted => ProfilePlanting.Declared;

    public override IReadOnlyList<Part<IPersonalData>> PersonalData { get; } = [Part.Of<IPersonalData, ProfileData>()];

    public override IReadOnlyList<Part<IRehashed>> Rehashed { get; } = [Part.Of<IRehashed, RehashedProfiles>()];

    public override void AddServices(IServiceCollection services) => services.AddProfiles();

    public override void Map(IEndpointRouteBuilder routes) => routes.MapProfiles();
}
