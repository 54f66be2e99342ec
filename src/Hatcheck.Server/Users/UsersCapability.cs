using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Tables;
using Hatcheck.Server.Platform.Verbs;
using Hatcheck.Server.Users.Rotation;

namespace Hatcheck.Server.Users;

/// <summary>Users and their messenger identities.</summary>
internal sealed class UsersCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Users"] = "Persons and their messenger identities.",
    };

    public override IReadOnlyList<Table> Tables => UserTables.Declared;

    public override void AddServices(IServiceCollection services) => services.AddUsers();

    public override void Map(IEndpointRouteBuilder routes) => routes.MapUsers();

    public override IReadOnlyList<VerbGroup> Verbs(IVerbHost host) => [InspectVerb.Of(host), RotationVerbs.Of(host)];
}
