using Hatcheck.Platform.Http.Requests;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>What is wrong with a document, by field; the first fifty of them.</summary>
internal sealed class DocumentFaults
{
    private const int Most = 50;
    private readonly Dictionary<string, string[]> byField = new(StringComparer.Ordinal);

    public bool Any => byField.Count > 0;

    /// <summary>Grows with each fault, also past those that are told.</summary>
    public int Count { get; private set; }

    public IReadOnlyDictionary<string, string[]> ByField => byField;

    public void Add(string field, string message) => Add(field, () => message);

    /// <summary>With a sentence that takes work. It is made only if it is told: many faults cost no more than fifty.</summary>
    public void Add(string field, Func<string> message)
    {
        Count++;
        var name = field.Length == 0 ? FieldNames.Body : field;
        if (byField.Count < Most && !byField.ContainsKey(name))
            byField[name] = [message()];
    }

    /// <summary>A member that there is not. Its name is the caller's, and repeated only if it looks like one.</summary>
    public void AddUnknown(string parent, string name, Func<string> message) =>
        Add(IsName(name) && FieldNames.IsSafe(name) ? Join(parent, name) : parent, message);

    public static string Join(string parent, string name) => parent.Length == 0 ? name : $"{parent}.{name}";

    /// <summary>A name as categories and keys have it.</summary>
    public static bool IsName(string name) =>
        name is { Length: >= 1 and <= 64 }
        && char.IsAsciiLetterLower(name[0])
        && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_');
}
