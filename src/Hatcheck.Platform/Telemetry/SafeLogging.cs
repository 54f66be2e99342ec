using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Telemetry;

/// <summary>Sets up logs that can't hold personal data at any level.</summary>
internal static class SafeLogging
{
    public static void AddSafeLogging(this IServiceCollection services)
    {
        services.AddLogging(logging => logging.ClearProviders());
        services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(provider => new ConfigureOptions<LoggerFilterOptions>(
            filter => filter.MinLevel = provider.GetRequiredService<IOptions<LoggingOptions>>().Value.Level
        ));
        services.AddSingleton<ILoggerProvider>(provider => new SafeLoggerProvider(provider.GetRequiredService<TimeProvider>())
        {
            ForPeople = !provider.GetRequiredService<IOptions<LoggingOptions>>().Value.IsJson(Console.IsErrorRedirected),
        });
    }
}
