using Hatcheck.Contracts;
using Hatcheck.People.Users.Rotation;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Planting;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.People.Users;

/// <summary>Users and their messenger identities.</summary>
internal sealed class UsersCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["Users"] = "Users and their messenger identities." };

    public override IReadOnlyList<ProblemKind> Problems { get; } =
    [
        new(ProblemCodes.IdentityNotFound, 404, "The user has no such identity."),
        new(ProblemCodes.IdentityTaken, 409, "The identity belongs to another user."),
        new(ProblemCodes.IdentityLast, 409, "A user's last identity cannot be removed."),
        new(ProblemCodes.IdentityForm, 422, "The tenant uses another form of identities."),
        new(ProblemCodes.IndexKeyVersion, 422, "The version of the index key is not live."),
    ];

    public override IReadOnlyList<Permission> Permissions => UserPermissions.Declared;

    public override IReadOnlyList<Act> Acts => UserActs.Declared;

    public override IReadOnlyList<EventKind> Events => UserEvents.Declared;

    public override IReadOnlyList<Table> Tables => UserTables.Declared;

    public override IReadOnlyList<PlantedOperation> Planted => UserPlanting.Declared;

    public override IReadOnlyList<Part<IPersonalData>> PersonalData { get; } = [Part.Of<IPersonalData, IdentityData>()];

    public override IReadOnlyList<Part<IBlindIndexTable>> BlindIndexTables { get; } =
    [Part.Of<IBlindIndexTable, RehashedIdentities>()];

    public override void AddServices(IServiceCollection services) => services.AddUsers();

    public override IReadOnlyList<VerbGroup> Verbs(IVerbHost host) => [InspectVerb.Of(host), RotationVerbs.Of(host)];
}
