using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Tables;

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

    public override void AddServices(IServiceCollection services) => services.AddUsers();

    public override void Map(IEndpointRouteBuilder routes) => routes.MapUsers();
}
