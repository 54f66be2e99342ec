using Hatcheck.Platform.Http.Requests;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>The faults of a document, by field; at most the first fifty.</summary>
internal sealed class DocumentFaults
{
    private const int Most = 50;
    private readonly Dictionary<string, string[]> byField = new(StringComparer.Ordinal);

    public bool Any => byField.Count > 0;

    /// <summary>The number of all faults, including those beyond the first fifty.</summary>
    public int Count { get; private set; }

    public IReadOnlyDictionary<string, string[]> ByField => byField;

    public void Add(string field, string message) => Add(field, () => message);

    /// <summary>
    /// Adds a fault whose sentence is costly; it is built only if reported, so that many faults cost no more than fifty.
    /// </summary>
    public void Add(string field, Func<string> message)
    {
        Count++;
        var name = field.Length == 0 ? FieldNames.Body : field;
        if (byField.Count < Most && !byField.ContainsKey(name))
            byField[name] = [message()];
    }

    /// <summary>Adds an unknown member. Its name is repeated only if it looks like a name.</summary>
    public void AddUnknown(string parent, string name, Func<string> message) =>
        Add(IsName(name) && FieldNames.IsSafe(name) ? Join(parent, name) : parent, message);

    public static string Join(string parent, string name) => parent.Length == 0 ? name : $"{parent}.{name}";

    /// <summary>Whether the text has the form of a category's or key's name.</summary>
    public static bool IsName(string name) =>
        name is { Length: >= 1 and <= 64 }
        && char.IsAsciiLetterLower(name[0])
        && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_');
}
