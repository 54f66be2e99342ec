using System.Globalization;

namespace Hatcheck.Client;

/// <summary>Selects lines of a usage log.</summary>
public sealed record UsageQuery
{
    /// <summary>The earliest instant, inclusive; absent: from the beginning.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The latest instant, exclusive; absent: until now.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Entries per page, 1 to 200; absent: the server's default.</summary>
    public int? Limit { get; init; }

    /// <summary>From <see cref="Contracts.UsagePage.NextCursor"/>; absent: the first page.</summary>
    public string? Cursor { get; init; }

    internal string ToQueryString()
    {
        var parts = new List<string>(4);
        if (From is { } from)
            parts.Add($"from={Instant(from)}");
        if (To is { } to)
            parts.Add($"to={Instant(to)}");
        if (Limit is { } limit)
            parts.Add($"limit={limit.ToString(CultureInfo.InvariantCulture)}");
        if (Cursor is { } cursor)
            parts.Add($"cursor={Uri.EscapeDataString(cursor)}");
        return parts.Count == 0 ? "" : $"?{string.Join('&', parts)}";
    }

    private static string Instant(DateTimeOffset at) =>
        Uri.EscapeDataString(at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
}
