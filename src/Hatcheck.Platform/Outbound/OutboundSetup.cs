namespace Hatcheck.Platform.Outbound;

internal static class OutboundSetup
{
    /// <summary>Adds the only HTTP handler that may connect to addresses that someone else chose.</summary>
    public static IServiceCollection AddOutbound(this IServiceCollection services) =>
        services.AddSingleton<OutboundNetworks>().AddSingleton<INameResolver, SystemResolver>().AddSingleton<OutboundHandler>();
}
