using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.OpenApi;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>
/// A query parameter that is true or false, given at most once. Empty is neither: the framework would treat it as absent,
/// and the endpoint would do something the caller did not mean.
/// </summary>
/// <param name="Value">Null if not given.</param>
/// <param name="Fault">The value is neither true nor false.</param>
internal sealed record Flag(bool? Value, Problem? Fault) : IBoundParameter
{
    public static ValueTask<Flag> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var given = context.Request.Query[parameter.Name!];
        if (given.Count == 0)
            return ValueTask.FromResult(new Flag(null, null));
        // Not bool.TryParse, which also takes blanks and NULs around the word.
        bool? value = given switch
        {
            [var text] when string.Equals(text, "true", StringComparison.OrdinalIgnoreCase) => true,
            [var text] when string.Equals(text, "false", StringComparison.OrdinalIgnoreCase) => false,
            _ => null,
        };
        return ValueTask.FromResult(new Flag(value, value is null ? ParameterFaults.NotOfForm(parameter.Name!, "bool") : null));
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(PlainParameters.Of(parameter, new OpenApiSchema { Type = JsonSchemaType.Boolean }));
}

/// <summary>A query parameter that is a whole number within its <see cref="RangeAttribute"/>, given at most once.</summary>
/// <param name="Value">Null if not given.</param>
/// <param name="Fault">The value is not a number, or out of range.</param>
internal sealed record WholeNumber(int? Value, Problem? Fault) : IBoundParameter
{
    public static ValueTask<WholeNumber> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var given = context.Request.Query[parameter.Name!];
        return ValueTask.FromResult(given.Count == 0 ? new WholeNumber(null, null) : Read(given, parameter));
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        var (least, most) = BoundsOf(parameter);
        builder.Metadata.Add(
            PlainParameters.Of(
                parameter,
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Format = "int32",
                    Minimum = least.ToString(CultureInfo.InvariantCulture),
                    Maximum = most.ToString(CultureInfo.InvariantCulture),
                }
            )
        );
    }

    private static WholeNumber Read(IReadOnlyList<string?> given, ParameterInfo parameter)
    {
        if (
            given is not [var text]
            || !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        )
            return new WholeNumber(null, ParameterFaults.NotOfForm(parameter.Name!, "int"));
        var (least, most) = BoundsOf(parameter);
        return value >= least && value <= most
            ? new WholeNumber(value, null)
            : new WholeNumber(null, Problems.Invalid(parameter.Name!, $"{least} to {most}."));
    }

    private static (int Least, int Most) BoundsOf(ParameterInfo parameter)
    {
        var range =
            parameter.GetCustomAttribute<RangeAttribute>()
            ?? throw new InvalidOperationException($"{parameter.Name} has no bounds.");
        return ((int)range.Minimum, (int)range.Maximum);
    }
}

internal static class PlainParameters
{
    public static DescribedParameter Of(ParameterInfo parameter, OpenApiSchema schema)
    {
        var words =
            parameter.GetCustomAttribute<DescribedAttribute>()
            ?? throw new InvalidOperationException($"{parameter.Name} has no description.");
        return new DescribedParameter(parameter.Name!, ParameterLocation.Query, words.Description, schema, words.Example);
    }
}
