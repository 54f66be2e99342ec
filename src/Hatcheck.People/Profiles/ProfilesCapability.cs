using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Planting;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.People.Profiles;

/// <summary>Profiles, the deletion of users and its grace period.</summary>
internal sealed class ProfilesCapability : Capability
{
    public override IReadOnlyList<Settings> Settings { get; } = [Platform.Settings.Of<ProfileOptions>(ProfileOptions.Section)];

    public override IReadOnlyList<ProblemKind> Problems { get; } =
    [
        new(ProblemCodes.EmailTaken, 409, "The e-mail address belongs to another user."),
        new(ProblemCodes.ProfileChanged, 412, "The user has changed since it was read."),
        new(ProblemCodes.ProfileIfMatch, 428, "The request does not say which version it replaces."),
        new(ProblemCodes.RestoreTooLate, 409, "The grace period is over."),
        new(ProblemCodes.ConfirmationNeeded, 422, "The erasure is not confirmed."),
        new(ProblemCodes.HashExpected, 400, "The look-up takes a hash, never an id."),
        new(ProblemCodes.LinkCode, 422, "The link code is not valid."),
    ];

    public override IReadOnlyList<Act> Acts => ProfileActs.Declared;

    public override IReadOnlyList<EventKind> Events => ProfileEvents.Declared;

    public override IReadOnlyList<Table> Tables => ProfileTables.Declared;

    public override IReadOnlyList<Part<IJob>> Jobs { get; } = [Part.Of<IJob, PurgeJob>()];

    public override IReadOnlyList<PlantedOperation> Planted => ProfilePlanting.Declared;

    public override IReadOnlyList<Part<IPersonalData>> PersonalData { get; } = [Part.Of<IPersonalData, ProfileData>()];

    public override IReadOnlyList<Part<IBlindIndexTable>> BlindIndexTables { get; } =
    [Part.Of<IBlindIndexTable, RehashedProfiles>()];

    public override void AddServices(IServiceCollection services) => services.AddProfiles();

    public override IReadOnlyList<VerbGroup> Verbs(IVerbHost host) => [UserVerbs.Of(host)];
}
