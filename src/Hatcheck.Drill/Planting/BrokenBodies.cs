using Hatcheck.Drill.Search;

namespace Hatcheck.Drill.Planting;

/// <summary>Bodies with canaries that no operation accepts.</summary>
internal static class BrokenBodies
{
    private const int TooLarge = 64 * 1024;

    public static IEnumerable<(string What, Draft Draft)> Of(
        Draft valid,
        Operation operation,
        PlantedTenant tenant,
        CanaryBook book
    )
    {
        string Canary(string what) => book.Text($"{operation.Id} body, {what}, of {tenant.Name}", tenant.Name);
        var open = (valid.Body ?? "{}").TrimEnd().TrimEnd('}').TrimEnd();
        var comma = open.EndsWith('{') ? "" : ",";
        // If the schema allows other members, an unknown one proves nothing.
        if (
            operation.Body is { } schema
            && schema.TryGetProperty("additionalProperties", out var more)
            && more.ValueKind == System.Text.Json.JsonValueKind.False
        )
        {
            yield return (
                "an unknown member",
                valid with
                {
                    Body = $"{open}{comma}\"unknown\":\"{Canary("an unknown member")}\"}}",
                }
            );
            yield return (
                "an unknown member's name",
                valid with
                {
                    Body = $"{open}{comma}\"{Canary("an unknown member's name")}\":1}}",
                }
            );
        }

        yield return (
            "a member twice",
            valid with
            {
                Body = $"{open}{comma}\"zz\":\"{Canary("a member twice")}\",\"zz\":\"{Canary("a member twice, again")}\"}}",
            }
        );
        yield return ("cut off", valid with { Body = $"{open}{comma}\"zz\":\"{Canary("cut off")}" });
        yield return ("no JSON", valid with { Body = Canary("no JSON") });
        yield return ("a list", valid with { Body = $"[\"{Canary("a list")}\"]" });
        yield return ("a text", valid with { Body = $"\"{Canary("a text")}\"" });
        yield return ("a comment", valid with { Body = $"/* {Canary("a comment")} */ {valid.Body}" });
        yield return (
            "another type",
            valid with
            {
                Body = $"name={Canary("another type")}",
                BodyType = "application/x-www-form-urlencoded",
            }
        );
        yield return (
            "a canary for a type",
            valid with
            {
                BodyType =
                    "text/"
                    + book.Text($"{operation.Id} body, a canary for a type, of {tenant.Name}", tenant.Name, isAscii: true),
            }
        );
        yield return (
            "another charset",
            valid with
            {
                Body = Canary("another charset"),
                BodyType = "application/json; charset=utf-16",
            }
        );
        yield return (
            "too large",
            valid with
            {
                Body = $"{open}{comma}\"zz\":\"{Canary("too large")}{new string('x', TooLarge)}\"}}",
            }
        );
    }
}
