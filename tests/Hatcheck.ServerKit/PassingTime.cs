using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.ServerKit;

/// <summary>
/// Lets time pass for expiry by the database's clock. SQLite uses the node's clock, which a test can move. PostgreSQL's
/// clock cannot be moved, so there the rows are aged.
/// </summary>
internal sealed class PassingTime(TestedDatabase database)
{
    private readonly ManualTime time = new(DateTimeOffset.UtcNow);

    /// <summary>How close a test can get to an instant: PostgreSQL's clock keeps running.</summary>
    public TimeSpan Moment { get; } = database is OnSqlite ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(1);

    /// <summary>Starts a node on this clock.</summary>
    public Task<Node> StartNodeAsync() => database.StartNodeAsync(Use);

    public void Use(IServiceCollection services)
    {
        if (database is OnSqlite)
            services.AddSingleton<TimeProvider>(time);
    }

    /// <summary>Lets time pass for these columns, such as <c>users.deleted_at</c>.</summary>
    public async Task PassAsync(TimeSpan span, params string[] columns)
    {
        if (database is OnSqlite)
            time.Advance(span);
        else
            foreach (var column in columns)
                await database.AgeAsync(column, span);
    }
}

internal static class Aging
{
    /// <summary>Ages every row of a column: instants, or numbers of days.</summary>
    public static Task AgeAsync(this TestedDatabase database, string column, TimeSpan span)
    {
        var (table, name) = (column.Split('.')[0], column.Split('.')[1]);
        var step =
            name == "day" ? $"{span.TotalDays:0}"
            : database is OnSqlite ? $"{span.TotalMicroseconds:0}"
            : $"interval '{span.TotalMicroseconds:0} microseconds'";
        return database.ExecuteAsync($"update {table} set {name} = {name} - {step}");
    }
}
