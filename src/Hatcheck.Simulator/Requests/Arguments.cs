using System.Text.Json;

namespace Hatcheck.Simulator.Requests;

/// <summary>A file of a multipart request.</summary>
internal sealed record Upload(string FileName, string MimeType, byte[] Content);

/// <summary>The checked arguments of one call.</summary>
internal sealed class Arguments(IReadOnlyDictionary<string, JsonElement> values, IReadOnlyDictionary<string, Upload> uploads)
{
    public string? Text(string name) =>
        values.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public long? Integer(string name) =>
        values.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;

    public bool Flag(string name) => values.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.True;

    public JsonElement? Json(string name) => values.TryGetValue(name, out var value) ? value : null;

    /// <summary>The file under the field's own name, or under the name in <c>attach://name</c>.</summary>
    public Upload? Upload(string name)
    {
        const string Attach = "attach://";
        if (uploads.TryGetValue(name, out var upload))
            return upload;
        return Text(name) is { } text && text.StartsWith(Attach, StringComparison.Ordinal)
            ? uploads.GetValueOrDefault(text[Attach.Length..])
            : null;
    }
}
