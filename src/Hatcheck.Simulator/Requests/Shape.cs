using System.Collections.Frozen;

namespace Hatcheck.Simulator.Requests;

/// <summary>The fields of a method or of an object.</summary>
internal sealed record Shape(string Name, FrozenDictionary<string, Field> Fields)
{
    public static Shape Of(string name, string[] fields) =>
        new(name, fields.Select(Field.Of).ToFrozenDictionary(f => f.Name, StringComparer.Ordinal));

    /// <summary>Telegram's method names are case-insensitive.</summary>
    public static FrozenDictionary<string, Shape> ByName(Shape[] shapes) =>
        shapes.ToFrozenDictionary(s => s.Name, StringComparer.OrdinalIgnoreCase);
}

/// <summary>
/// A field and its types, as named in the description: "Integer", "Array of MessageEntity" …
/// </summary>
internal sealed record Field(string Name, IReadOnlyList<string> Types, bool Required)
{
    /// <summary>Reads "name: type|type" with an optional "!" at the end.</summary>
    public static Field Of(string text)
    {
        var colon = text.IndexOf(": ", StringComparison.Ordinal);
        return new Field(text[..colon], text[(colon + 2)..].TrimEnd('!').Split('|'), text.EndsWith('!'));
    }

    public bool Allows(string type) => Types.Contains(type, StringComparer.Ordinal);
}
