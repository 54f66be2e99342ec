using System.Globalization;
using System.Reflection;
using Microsoft.OpenApi;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>Where a page begins, as opaque text that callers return unread: 32 letters of base64url.</summary>
internal interface ICursor<TSelf>
    where TSelf : struct, ICursor<TSelf>
{
    static abstract bool TryParse(string text, out TSelf cursor);
}

/// <summary><c>limit</c>: the number of entries in a response.</summary>
internal sealed record Limit(int Most, Problem? Fault) : IBoundParameter
{
    private const int Usual = 50;
    private const int Largest = 200;

    public static ValueTask<Limit> BindAsync(HttpContext context) => ValueTask.FromResult(Read(context));

    public static Limit Read(HttpContext context)
    {
        var given = context.Request.Query["limit"];
        if (given.Count == 0)
            return new Limit(Usual, null);
        if (given.Count > 1 || !int.TryParse(given[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var most))
            return new Limit(Usual, Problems.Malformed("`limit` is a whole number, given once.", "limit"));
        return new Limit(most, most is < 1 or > Largest ? Problems.Invalid("limit", $"1 to {Largest}.") : null);
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new DescribedParameter(
                "limit",
                ParameterLocation.Query,
                "Entries per page.",
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Format = "int32",
                    Minimum = "1",
                    Maximum = $"{Largest}",
                    Default = Usual,
                }
            )
        );
}

/// <summary><c>limit</c> and <c>cursor</c> of a list.</summary>
/// <param name="Most">The number of entries.</param>
/// <param name="After">Begin after this entry; null for the start.</param>
/// <param name="Fault">The fault of either parameter.</param>
internal sealed record Page<TCursor>(int Most, TCursor? After, Problem? Fault) : IBoundParameter
    where TCursor : struct, ICursor<TCursor>
{
    /// <summary>One more than the page has, which shows whether another page follows.</summary>
    public int Wanted => Most + 1;

    /// <summary>Drops the entries beyond the page; returns the cursor of the next page, or null.</summary>
    public string? Cut<T>(List<T> found, Func<T, TCursor> cursorOf)
    {
        if (found.Count <= Most)
            return null;
        found.RemoveRange(Most, found.Count - Most);
        return cursorOf(found[^1]).ToString();
    }

    public static ValueTask<Page<TCursor>> BindAsync(HttpContext context)
    {
        var limit = Limit.Read(context);
        TCursor? after = null;
        var fault = limit.Fault;
        var given = context.Request.Query["cursor"];
        if (given.Count > 0)
        {
            if (TCursor.TryParse(given.ToString(), out var cursor))
                after = cursor;
            else
            {
                var faults = new RequestFaults();
                if (fault is not null)
                    faults.Add(fault);
                faults.Add("cursor", "Send next_cursor of the previous page, unchanged.");
                fault = faults.ToProblem();
            }
        }

        return ValueTask.FromResult(new Page<TCursor>(limit.Most, after, fault));
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        Limit.PopulateMetadata(parameter, builder);
        builder.Metadata.Add(
            new DescribedParameter(
                "cursor",
                ParameterLocation.Query,
                "`next_cursor` of the previous page, unchanged.",
                new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^[A-Za-z0-9_-]{32}$" }
            )
        );
    }
}

/// <summary>Cursor for lists ordered by id: after this id.</summary>
internal readonly record struct IdCursor(Guid Id) : ICursor<IdCursor>
{
    public override string ToString() => Id.ToString("N");

    public static bool TryParse(string text, out IdCursor cursor)
    {
        var known = Guid.TryParseExact(text, "N", out var id);
        cursor = new IdCursor(id);
        return known;
    }
}
