namespace Hatcheck.Platform.Http;

/// <summary>
/// Marks an endpoint that load balancers and orchestrators ask: never limited, and answered in the clear too, since it tells
/// nothing.
/// </summary>
internal sealed class ForOrchestrators
{
    public static readonly ForOrchestrators Instance = new();
}
