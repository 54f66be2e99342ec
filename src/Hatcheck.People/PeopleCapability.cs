using Hatcheck.Platform;

namespace Hatcheck.People;

/// <summary>The operations of this assembly's capabilities, which are one group to callers: <c>/users</c>.</summary>
internal sealed class PeopleCapability : Capability
{
    public override void Map(IEndpointRouteBuilder routes) => PeopleEndpoints.Map(routes);
}
