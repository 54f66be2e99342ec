namespace Hatcheck.Server.Platform.Inbox;

internal static class InboxSetup
{
    public static IServiceCollection AddInbox(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<InboxOptions>().Bind(configuration.GetSection(InboxOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        return services.AddSingleton<DayKeys>().AddSingleton<InboxQueue>().AddSingleton<InboxArrivals>().AddSingleton<InboxBodies>().AddSingleton<InboxEntries>().AddSingleton<InboxCleaning>();
    }
}
