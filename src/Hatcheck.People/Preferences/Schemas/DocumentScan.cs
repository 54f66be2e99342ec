using System.Text.Json;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>Finds a duplicate or non-Unicode member of a document: the parser does not report where it is.</summary>
internal static class DocumentScan
{
    /// <summary>The first such member, by the part of its path that may be repeated; null if there is none.</summary>
    /// <param name="json">The document as received.</param>
    /// <param name="field">The document's field in the request; empty for the body.</param>
    public static Problem? Fault(ReadOnlySpan<byte> json, string field = "")
    {
        var mark = "\uFEFF"u8;
        var reader = new Utf8JsonReader(json.StartsWith(mark) ? json[mark.Length..] : json);
        var open = new Stack<Level>();
        var at = new Place(field, Whole: true);
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        open.Push(new Level(at, []));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        at = open.Pop().Place;
                        break;
                    case JsonTokenType.PropertyName:
                        at = open.Peek().Place;
                        var name = reader.GetString()!;
                        at = at.Member(name);
                        if (!open.Peek().Names.Add(name))
                            return Problems.Malformed("A member is given twice.", at.Field);
                        break;
                    case JsonTokenType.String:
                        _ = reader.GetString();
                        break;
                }
            }
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            return NotUnicode(at.Field);
        }

        return null;
    }

    public static Problem NotUnicode(string field) =>
        Problems.Malformed("Expected valid Unicode: here is half a surrogate pair, or bytes that are not UTF-8.", field);

    private readonly record struct Level(Place Place, HashSet<string> Names);

    /// <summary>A path that ends before the first name that must not be repeated.</summary>
    private readonly record struct Place(string Path, bool Whole)
    {
        public string Field => Path.Length == 0 ? FieldNames.Body : Path;

        public Place Member(string name) =>
            Whole && FieldNames.IsSafe(name)
                ? new Place(DocumentFaults.Join(Path, name), Whole: true)
                : this with
                {
                    Whole = false,
                };
    }
}
