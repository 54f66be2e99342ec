namespace Hatcheck.Server.Platform.Telemetry;

/// <summary>Logs that can't hold personal data, whatever the level.</summary>
internal static class SafeLogging
{
    public static void AddSafeLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerProvider, SafeLoggerProvider>();
    }
}
