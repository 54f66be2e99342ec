using System.Text.Json;

namespace Hatcheck.Platform.Http;

/// <summary>Applies to JSON of free form the rule for typed bodies: every name and string is valid Unicode.</summary>
internal static class JsonText
{
    /// <summary>
    /// The parser does not decode strings up front: a lone surrogate or invalid UTF-8 throws only when read. That is the
    /// caller's fault, not the server's.
    /// </summary>
    public static bool IsReadable(JsonElement element)
    {
        try
        {
            Walk(element);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static void Walk(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    Walk(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    Walk(item);
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }
}
