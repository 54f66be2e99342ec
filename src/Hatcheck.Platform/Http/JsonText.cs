using System.Text.Json;

namespace Hatcheck.Platform.Http;

/// <summary>
/// JSON whose form only the endpoint knows, held to what a typed body is held to: every name and text is Unicode.
/// </summary>
internal static class JsonText
{
    /// <summary>
    /// The parser leaves texts as they came: one with a lone surrogate or with bytes that are no UTF-8 fails when it is read,
    /// which is then nobody's fault but the caller's.
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
