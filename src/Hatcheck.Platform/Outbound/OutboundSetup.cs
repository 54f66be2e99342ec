namespace Hatcheck.Platform.Outbound;

internal static class OutboundSetup
{
    /// <summary>The one way to addresses that someone else chose.</summary>
    public static IServiceCollection AddOutbound(this IServiceCollection services) =>
        services.AddSingleton<OutboundNetworks>().AddSingleton<INameResolver, SystemResolver>().AddSingleton<OutboundHandler>();
}
