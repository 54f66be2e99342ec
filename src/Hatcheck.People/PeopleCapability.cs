using Hatcheck.Platform;

namespace Hatcheck.People;

/// <summary>Maps the operations of this assembly's capabilities, which callers see as one group: <c>/users</c>.</summary>
internal sealed class PeopleCapability : Capability
{
    public override void Map(IEndpointRouteBuilder routes) => PeopleEndpoints.Map(routes);
}
