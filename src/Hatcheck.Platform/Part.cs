namespace Hatcheck.Platform;

/// <summary>
/// One implementation of an interface, as its capability declares it: a singleton, registered by its class and by the
/// interface.
/// </summary>
internal sealed record Part<TSeam>(Action<IServiceCollection> Register);

internal static class Part
{
    public static Part<TSeam> Of<TSeam, TClass>()
        where TSeam : class
        where TClass : class, TSeam =>
        new(services => services.AddSingleton<TClass>().AddSingleton<TSeam>(provider => provider.GetRequiredService<TClass>()));
}
