namespace Hatcheck.Platform.Inbox;

internal static class InboxSetup
{
    public static IServiceCollection AddInbox(this IServiceCollection services)
    {
        return services
            .AddSingleton<InboxQueue>()
            .AddSingleton<InboxArrivals>()
            .AddSingleton<InboxBodies>()
            .AddSingleton<InboxHandlers>()
            .AddSingleton<InboxBatches>()
            .AddSingleton<InboxEntries>()
            .AddSingleton<InboxCleaning>();
    }
}
