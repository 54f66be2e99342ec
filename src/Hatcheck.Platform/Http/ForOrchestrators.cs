namespace Hatcheck.Platform.Http;

/// <summary>
/// Marks an endpoint for load balancers and orchestrators. It is never rate-limited, and also answers plain HTTP, since it
/// reveals nothing.
/// </summary>
internal sealed class ForOrchestrators
{
    public static readonly ForOrchestrators Instance = new();
}
