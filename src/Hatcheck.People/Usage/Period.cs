using System.Reflection;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.OpenApi;

namespace Hatcheck.People.Usage;

/// <summary><c>from</c> and <c>to</c> of a list by time.</summary>
/// <param name="Start">At or after this instant.</param>
/// <param name="End">Before this instant.</param>
/// <param name="Fault">Set if either is not an instant.</param>
internal sealed record Period(DateTimeOffset Start, DateTimeOffset End, Problem? Fault) : IBoundParameter
{
    public static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static ValueTask<Period> BindAsync(HttpContext context)
    {
        var faults = new RequestFaults();
        var start = Read(context, "from", Earliest, faults);
        var end = Read(context, "to", Latest, faults);
        return ValueTask.FromResult(new Period(start, end, faults.ToProblem()));
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        Describe("from", "Entries at or after this instant.");
        Describe("to", "Entries before this instant.");
        void Describe(string name, string description) =>
            builder.Metadata.Add(
                new DescribedParameter(
                    name,
                    ParameterLocation.Query,
                    description,
                    new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
                    "2026-11-22T10:00:00Z"
                )
            );
    }

    private static DateTimeOffset Read(HttpContext context, string name, DateTimeOffset absent, RequestFaults faults)
    {
        var given = context.Request.Query[name];
        if (given.Count == 0)
            return absent;
        if (InstantText.TryParse(given.ToString(), out var at))
            return at < Earliest ? Earliest
                : at > Latest ? Latest
                : at;
        faults.Add(name, InstantText.Form);
        return absent;
    }
}
