using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Tables;
using Hatcheck.Server.Platform.Verbs;

namespace Hatcheck.Server.Profiles;

/// <summary>Profiles, their deletion and its grace period.</summary>
internal sealed class ProfilesCapability : Capability
{
    public override IReadOnlyList<Settings> Settings { get; } =
        [Platform.Settings.Of<ProfileOptions>(ProfileOptions.Section)];

    public override IReadOnlyList<Table> Tables => ProfileTables.Declared;

    public override void AddServices(IServiceCollection services) => services.AddProfiles();

    public override void AddServing(IServiceCollection services) => services.AddHostedService<PurgeJob>();

    public override void Map(IEndpointRouteBuilder routes) => routes.MapProfiles();

    public override IReadOnlyList<VerbGroup> Verbs(IVerbHost host) => [UserVerbs.Of(host)];
}
