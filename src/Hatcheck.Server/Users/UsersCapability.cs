using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Planting;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;
using Hatcheck.Server.Users.Rotation;

namespace Hatcheck.Server.Users;

/// <summary>Users and their messenger identities.</summary>
internal sealed class UsersCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Users"] = "Persons and their messenger identities.",
    };

    public override IReadOnlyList<Permission> Permissions => UserPermissions.Declared;

    public override IReadOnlyList<Table> Tables => UserTables.Declared;

    public override IReadOnlyList<PlantedOperation> Planted => UserPlanting.Declared;

    public override IReadOnlyList<Part<IPersonalData>> PersonalData { get; } = [Part.Of<IPersonalData, IdentityData>()];

    public override IReadOnlyList<Part<IRehashed>> Rehashed { get; } = [Part.Of<IRehashed, RehashedIdentities>()];

    public override void AddServices(IServiceCollection services) => services.AddUsers();

    public override void Map(IEndpointRouteBuilder routes) => routes.MapUsers();
}
