using System.Security.Cryptography;
using System.Text;

namespace Hatcheck.Ids.Catalogue;

/// <summary>A table's name. Always quoted in SQL: owners' tables have capitals, spaces and reserved words.</summary>
internal sealed record TableName(string Schema, string Name)
{
    public string Sql => $"{SqlName.Quote(Schema)}.{SqlName.Quote(Name)}";

    public override string ToString() => $"{Schema}.{Name}";
}

internal static class SqlName
{
    /// <summary>PostgreSQL cuts longer names silently.</summary>
    public const int MaxBytes = 63;

    /// <summary>Part of the name of all our objects in the owner's tables.</summary>
    public const string Mark = "hatcheck_ids_";

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A name with a suffix, short enough that PostgreSQL does not cut it.</summary>
    public static string WithSuffix(string name, string suffix)
    {
        while (Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(suffix) > MaxBytes)
            name = name[..^(char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        return name + suffix;
    }

    /// <summary>A stable short name for the object that will replace <paramref name="original"/>.</summary>
    public static string Prepared(string original) =>
        Mark + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(original)).AsSpan(0, 8));

    /// <summary>
    /// Reads <c>table</c>, <c>schema.table</c>, or either with parts in double quotes. The schema is null if none is named.
    /// </summary>
    public static (string? Schema, string Name)? Parse(string text)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"')
                part.Append(text[i++]);
            else if (text[i] == '"')
                quoted = !quoted;
            else if (text[i] == '.' && !quoted)
                (_, part) = (Add(parts, part), new StringBuilder());
            else
                part.Append(text[i]);
        }

        Add(parts, part);
        if (quoted || parts.Any(name => name.Length == 0))
            return null;
        return parts switch
        {
            [var name] => (null, name),
            [var schema, var name] => (schema, name),
            _ => null,
        };
    }

    private static bool Add(List<string> parts, StringBuilder part)
    {
        parts.Add(part.ToString());
        return true;
    }
}
