using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Storage;

/// <summary>Checks what attributes can't in <see cref="DatabaseOptions"/>; reports every fault at once.</summary>
internal sealed class DatabaseOptionsCheck : IValidateOptions<DatabaseOptions>
{
    public ValidateOptionsResult Validate(string? name, DatabaseOptions options)
    {
        if (options.Provider != "postgres")
            return ValidateOptionsResult.Success;
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
            faults.Add(
                "Database:ConnectionString (Database__ConnectionString) is missing: "
                    + "Host=…;Database=…;Username=hatcheck_app;Password=…."
            );
        foreach (
            var (setting, value) in new[]
            {
                (nameof(options.ConnectionString), options.ConnectionString),
                (nameof(options.MaintenanceConnectionString), options.MaintenanceConnectionString),
                (nameof(options.OwnerConnectionString), options.OwnerConnectionString),
            }
        )
        {
            if (!string.IsNullOrWhiteSpace(value) && Fault(value, options.AllowPlaintext) is { } fault)
                faults.Add($"Database:{setting}: {fault}");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static string? Fault(string connectionString, bool allowPlaintext)
    {
        try
        {
            return PlaintextConnection.Refusal(connectionString, allowPlaintext);
        }
        catch (ArgumentException)
        {
            // Npgsql's message may repeat the value, including the password.
            return "it is not a PostgreSQL connection string (Host=…;Database=…;Username=…;Password=…).";
        }
    }
}
