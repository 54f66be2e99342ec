namespace Hatcheck.Platform.Outbox;

internal static class OutboxSetup
{
    public static IServiceCollection AddOutbox(this IServiceCollection services) =>
        services
            .AddSingleton<OutboxQueue>()
            .AddSingleton<OutboxEndpoints>()
            .AddSingleton<OutboxEntries>()
            .AddSingleton<OutboxCleaning>();
}
