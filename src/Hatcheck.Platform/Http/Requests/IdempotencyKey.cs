using System.Reflection;
using Microsoft.OpenApi;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>The header <c>Idempotency-Key</c>.</summary>
/// <param name="Value">Null if there is none.</param>
/// <param name="Fault">The value is not a valid key.</param>
internal sealed record IdempotencyKey(string? Value, Problem? Fault) : IBoundParameter
{
    private const string Header = "Idempotency-Key";
    private const int Longest = 128;

    /// <summary>Marks the response as that of the first request.</summary>
    public static void Replayed(HttpContext context) => context.Response.Headers["Idempotency-Replayed"] = "true";

    public static ValueTask<IdempotencyKey> BindAsync(HttpContext context)
    {
        var given = context.Request.Headers[Header];
        var value = given.Count == 0 ? null : given.ToString();
        var isKey = value is null || (value.Length is >= 1 and <= Longest && value.All(char.IsAscii));
        return ValueTask.FromResult(
            new IdempotencyKey(value, isKey ? null : Problems.Invalid(Header, $"1 to {Longest} ASCII characters."))
        );
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new DescribedParameter(
                Header,
                ParameterLocation.Header,
                "ASCII, new for each request and the same for its repeats: within 24 hours a repeat stores nothing and gets "
                    + "the first response, with `Idempotency-Replayed: true`.",
                new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    MinLength = 1,
                    MaxLength = Longest,
                },
                "0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11"
            )
        );
}
